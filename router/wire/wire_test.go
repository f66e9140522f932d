package wire

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

func TestFieldsComeInTheProtocolsOrderThenByName(t *testing.T) {
	m := FromFields([]domain.Field{
		{Name: "zone", Value: "A"}, {Name: "request_id", Value: "r"}, {Name: "area", Value: "B"},
		{Name: "payload", Value: "{}"}, {Name: "correlation_id", Value: "c"}, {Name: "status", Value: ""},
	})
	SetOrigin(m, Origin{Stream: "s", EntryID: "1-0", Group: "g", Deliveries: 1})
	want := "[{correlation_id c} {payload {}} {request_id r} {area B} {zone A}]"
	if got := fmt.Sprint(Fields(m)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestInternalKeysCannotBeForged(t *testing.T) {
	m := FromFields([]domain.Field{{Name: "skald_entry_id", Value: "forged"}, {Name: "skald_own", Value: "x"}})
	if OriginOf(m) != (Origin{}) || fmt.Sprint(Fields(m)) != "[{skald_own x}]" {
		t.Errorf("origin %+v, fields %v", OriginOf(m), Fields(m))
	}
}

func TestTheKeyIsTheSagaElseTheConversation(t *testing.T) {
	for want, fields := range map[string][]domain.Field{
		"s1": {{Name: "correlation_id", Value: "c1"}, {Name: "saga_id", Value: "s1"}},
		"c1": {{Name: "correlation_id", Value: "c1"}},
		"":   {{Name: "area", Value: "A"}},
	} {
		if got := Key(FromFields(fields)); got != want {
			t.Errorf("key %q, want %q", got, want)
		}
	}
}

func TestAnEntryIDCarriesItsTime(t *testing.T) {
	at, err := Origin{EntryID: "1700000000123-7"}.Time()
	if err != nil || !at.Equal(time.UnixMilli(1700000000123)) {
		t.Errorf("%s, %v", at, err)
	}
	for _, id := range []string{"", "x-1", "-1-0"} {
		if _, err := (Origin{EntryID: id}).Time(); err == nil {
			t.Errorf("%q was taken for an entry id", id)
		}
	}
}

func TestALetterSurvivesItsWayOverTheStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aé{}\"\\<>\n ☃")))
		letter := eventstore.DeadLetter{
			ID: "id", Stream: text.Draw(t, "stream"), EntryID: "1-0", Group: "g", Reason: "r" + text.Draw(t, "reason"),
			CorrelationID: text.Draw(t, "correlation"), At: time.UnixMicro(1_700_000_000_000_001).UTC(),
		}
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			letter.Fields = append(letter.Fields, domain.Field{Name: text.Draw(t, "name"), Value: text.Draw(t, "value")})
		}
		m := MessageOfLetter(letter)
		got := ParseLetter(m, time.UnixMilli(0))
		got.At = letter.At // an id that no message may have costs the timestamp; the next test looks at it
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", letter) {
			t.Fatalf("got  %+v\nwant %+v", got, letter)
		}
	})
}

func TestALetterKeepsItsTime(t *testing.T) {
	at := time.UnixMicro(1_700_000_000_000_001).UTC()
	got := ParseLetter(MessageOfLetter(eventstore.DeadLetter{ID: "id", Reason: "r", At: at}), time.UnixMilli(0))
	if !got.At.Equal(at) {
		t.Errorf("got %s, want %s", got.At, at)
	}
}

func TestABrokenLetterIsKeptAsItIs(t *testing.T) {
	for _, fields := range []string{"", "[]", `{"a":1}`, `{"a":`, `{"a":"b"`} {
		m := FromFields([]domain.Field{
			{Name: "dead_letter_id", Value: "x"}, {Name: "reason", Value: "why"}, {Name: "fields", Value: fields},
		})
		SetOrigin(m, Origin{Stream: DeadStream, EntryID: "5-0", Group: "g"})
		letter := ParseLetter(m, time.UnixMilli(7))
		if letter.Stream != DeadStream || !strings.HasPrefix(letter.Reason, "why (its field fields cannot be read") {
			t.Errorf("%q: letter %+v", fields, letter)
		}
	}
}

func TestALetterIsOfBoundedSize(t *testing.T) {
	m := FromFields([]domain.Field{{Name: "payload", Value: strings.Repeat("x", 3<<20)}})
	letter := LetterOf(m, "too long", time.UnixMilli(0))
	if n := len(letter.Fields[0].Value); n > maxLetterValue+100 {
		t.Errorf("%d bytes kept", n)
	}
}

// A participant in another language need not know how ids are made: the same entry of the same group is one letter.
func TestALetterWithoutAnIDIsNamedByItsOrigin(t *testing.T) {
	parse := func(entryID string) string {
		return ParseLetter(FromFields([]domain.Field{
			{Name: "reason", Value: "why"}, {Name: "fields", Value: `{"a":"b"}`}, {Name: "origin_stream", Value: "s"},
			{Name: "origin_entry_id", Value: entryID}, {Name: "origin_group", Value: "g"},
		}), time.UnixMilli(0)).ID
	}
	if a, again, other := parse("1767225600250-0"), parse("1767225600250-0"), parse("1767225600250-1"); a == "" || a != again || a == other {
		t.Errorf("ids %q, %q and %q", a, again, other)
	}
}
