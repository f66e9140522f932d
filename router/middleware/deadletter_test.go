package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/router/middleware"
)

// box is a sink that fails a number of times first.
type box struct {
	letters []eventstore.DeadLetter
	fails   int
}

func (b *box) DeadLetter(_ context.Context, d eventstore.DeadLetter) error {
	if b.fails--; b.fails >= 0 {
		return errors.New("the sink is away")
	}
	b.letters = append(b.letters, d)
	return nil
}

func TestWhatIsHopelessIsSetAside(t *testing.T) {
	never := middleware.Permanent(errors.New("no such saga"))
	cases := []struct {
		name     string
		err      error
		delivery int
		reason   string // "": not set aside
	}{
		{"success", nil, 9, ""},
		{"permanent", never, 1, "no such saga"},
		{"permanent, though it wraps a passing error", middleware.Permanent(passing), 1, "the store is away"},
		{"passing, however often", passing, 1000, ""},
		{"shutdown", context.Canceled, 1000, ""},
		{"unknown, first delivery", errors.New("odd"), 1, ""},
		{"unknown, last delivery", errors.New("odd"), 5, "given up after 5 deliveries: odd"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b, calls := &box{}, 0
			_, err := middleware.DeadLetter{Sink: b}.Middleware(failing(&calls, c.err))(incoming(c.delivery))
			switch {
			case c.reason == "" && (len(b.letters) != 0 || !errors.Is(err, c.err)):
				t.Errorf("letters %v, error %v", b.letters, err)
			case c.reason != "" && (len(b.letters) != 1 || b.letters[0].Reason != c.reason || err != nil):
				t.Errorf("letters %+v, error %v", b.letters, err)
			}
		})
	}
}

func TestALetterHoldsTheEntryAndItsOrigin(t *testing.T) {
	b, calls := &box{}, 0
	m := incoming(1, "correlation_id", "c1", "event_type", "a:b", "payload", "{broken", "zone", "A\x00\xff")
	now := func() time.Time { return time.UnixMicro(42) }
	h := middleware.DeadLetter{Sink: b, Now: now}.Middleware(failing(&calls, middleware.Permanent(errors.New("why"))))
	if _, err := h(m); err != nil {
		t.Fatal(err)
	}
	got := b.letters[0]
	want := eventstore.DeadLetter{
		ID: got.ID, Stream: "s", EntryID: "1700000000000-0", Group: "g", Reason: "why", CorrelationID: "c1", EventType: "a:b",
		Fields: []domain.Field{
			{Name: "correlation_id", Value: "c1"}, {Name: "event_type", Value: "a:b"},
			{Name: "payload", Value: "{broken"}, {Name: "zone", Value: "A\uFFFD\uFFFD"}, // no store keeps NUL or broken UTF-8
		},
		At: time.UnixMicro(42).UTC(),
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !strings.HasPrefix(got.ID, "018bcfe5-6800-8") { // 1700000000000 ms
		t.Errorf("id %s does not begin with the entry's time", got.ID)
	}
}

func TestAMessageSetAsideTwiceIsOneLetterForEachGroup(t *testing.T) {
	b, calls := &box{}, 0
	never := middleware.Permanent(errors.New("x"))
	h := middleware.DeadLetter{Sink: b}.Middleware(failing(&calls, never, never, never))
	other := incoming(1)
	other.Metadata["skald_group"] = "other"
	_, _ = h(incoming(1))
	_, _ = h(incoming(2))
	_, _ = h(other)
	if b.letters[0].ID != b.letters[1].ID || b.letters[0].ID == b.letters[2].ID {
		t.Errorf("ids %s, %s, %s", b.letters[0].ID, b.letters[1].ID, b.letters[2].ID)
	}
}

func TestAFailingSinkBringsTheMessageAgain(t *testing.T) {
	b, calls := &box{fails: 1}, 0
	never := middleware.Permanent(errors.New("why"))
	h := middleware.DeadLetter{Sink: b}.Middleware(failing(&calls, never, never))
	if _, err := h(incoming(1)); !middleware.IsTransient(err) || !strings.Contains(err.Error(), "the sink is away") {
		t.Errorf("error %v", err)
	}
	if _, err := h(incoming(2)); err != nil || len(b.letters) != 1 {
		t.Errorf("letters %v, error %v", b.letters, err)
	}
}
