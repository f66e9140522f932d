package domain_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
)

// tripCanonical is a stored format. If this test fails, digests of published definitions have changed: undo what did it.
const (
	tripCanonical = `{"description":"a journey \"there\" & back <again>","name":"trip",` +
		`"start":{"event_type":"trip:start","group":"travel_agents","stream":"trip:commands"},"steps":[` +
		`{"ack_timeout":"5s","after":[],"command":{"event_type":"hotel:book","stream":"hotel:commands"},` +
		`"compensate":{"event_type":"hotel:cancel","stream":"hotel:commands"},` +
		`"compensate_retry":{"attempts":9,"first":"200ms","jitter":0.2,"max":"30s","policy":"linear"},"kind":"compensatable","name":"hotel",` +
		`"retry":{"attempts":5,"factor":1.5,"first":"200ms","jitter":0,"max":"10s","policy":"exponential"},"timeout":"1h30m0s"},` +
		`{"ack_timeout":"750ms","after":[],"command":{"event_type":"car:book","stream":"car:commands"},"kind":"compensatable","name":"car",` +
		`"retry":{"attempts":1,"policy":"immediate_fail"},"timeout":"30s"},` +
		`{"ack_timeout":"5s","after":["car","hotel"],"command":{"event_type":"payment:charge","stream":"payment:commands"},"kind":"pivot","name":"pay",` +
		`"retry":{"attempts":3,"factor":2,"first":"200ms","jitter":0.2,"max":"30s","policy":"exponential"},"timeout":"30s"},` +
		`{"ack_timeout":"5s","after":["pay"],"command":{"event_type":"mail:send","stream":"mail:commands"},"kind":"retriable","name":"mail",` +
		`"retry":{"attempts":3,"factor":2,"first":"200ms","jitter":0.2,"max":"30s","policy":"exponential"},"timeout":"30s"}],"version":3}`
	tripDigest = "sha256:5a7047db8e00c167fcb1700ac8c9d5a524897578a1f43440dfc911d59c6638ed"
)

func TestCanonicalFormIsFixed(t *testing.T) {
	t.Parallel()
	d, err := domain.ParseDefinition([]byte(tripDocument))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(d.Canonical()); got != tripCanonical {
		t.Errorf("got\n%s\nwant\n%s", got, tripCanonical)
	}
	if want := (domain.DefinitionRef{Name: "trip", Version: 3, Digest: tripDigest}); d.Ref() != want {
		t.Errorf("got %+v, want %+v", d.Ref(), want)
	}
}

func TestCanonicalFormHasSortedKeysAndNoSpaces(t *testing.T) {
	t.Parallel()
	var anything any
	if err := json.Unmarshal([]byte(tripCanonical), &anything); err != nil {
		t.Fatal(err)
	}
	var sorted strings.Builder
	encoder := json.NewEncoder(&sorted) // encoding/json sorts the keys of maps
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(anything); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(sorted.String()); got != tripCanonical {
		t.Errorf("sorted it is\n%s\nwant\n%s", got, tripCanonical)
	}
}

func TestCanonicalFormIsReadAsTheSame(t *testing.T) {
	t.Parallel()
	first, err := domain.ParseDefinition([]byte(tripDocument))
	if err != nil {
		t.Fatal(err)
	}
	second, err := domain.ParseDefinition(first.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, second) {
		t.Errorf("got %+v, want %+v", second, first)
	}
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	var third domain.Definition
	if err := json.Unmarshal(text, &third); err != nil {
		t.Fatal(err)
	}
	if third.Digest() != first.Digest() {
		t.Errorf("by way of encoding/json it is %s", third.Canonical())
	}
}

func TestAnyChangeChangesTheDigest(t *testing.T) {
	t.Parallel()
	seen := map[string]string{tripDigest: "the original"}
	for _, change := range [][2]string{
		{`"trip", "version"`, `"tour", "version"`}, {`"version": 3`, `"version": 4`}, {`a journey`, `the journey`},
		{`travel_agents`, `agents`}, {`trip:start"`, `trip:begin"`}, {`hotel:book`, `hotel:reserve`}, {`hotel:cancel`, `hotel:release`},
		{`"attempts": 9`, `"attempts": 8`}, {`"1h30m"`, `"1h31m"`}, {`"factor": 1.5`, `"factor": 1.25`}, {`"jitter": 0,`, `"jitter": 1,`},
		{`"750ms"`, `"751ms"`}, {`"after": ["hotel", "car"]`, `"after": ["hotel"]`}, {`"max": "10s"`, `"max": "11s"`},
	} {
		document := strings.Replace(tripDocument, change[0], change[1], 1)
		if document == tripDocument {
			t.Fatalf("%q does not stand in the document", change[0])
		}
		d, err := domain.ParseDefinition([]byte(document))
		if err != nil {
			t.Fatalf("%q: %v", change[1], err)
		}
		if other, taken := seen[d.Digest()]; taken {
			t.Errorf("%q has the digest of %s", change[1], other)
		}
		seen[d.Digest()] = change[1]
	}
}

// Text is escaped as JSON wants it, and read as it was; what is no UTF-8 is read as encoding/json reads it.
func TestCanonicalTextIsJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		d := sound()
		d.Description = text
		var got struct{ Description string }
		if err := json.Unmarshal(d.Canonical(), &got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		want := text
		if !utf8.ValidString(text) {
			want = string([]rune(text)) // a U+FFFD for each bad byte
		}
		if got.Description != want {
			t.Fatalf("%q is read as %q", text, got.Description)
		}
	})
}
