package domain_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
)

// What makes a document faulty is tested in package document, by testdata/definitions/faulty.

func TestParseDefinitionOrdersFaultsByPlace(t *testing.T) {
	t.Parallel()
	_, err := domain.ParseDefinition([]byte(`{
		"steps": [
			{"name": "Charge", "command": {"stream": "payment:commands", "event_type": 7}, "after": ["nobody"]},
			null
		],
		"version": 0,
		"nmae": "order"
	}`))
	want := strings.Join([]string{
		`line 1: name: is missing; add it`,
		`line 3: steps[0].name: "Charge" is not a name; use lower-case letters, digits and _, a letter first, at most 64`,
		`line 3: steps[0].command.event_type: is a number; write text`,
		`line 3: steps[0].after[0]: no step is called "nobody"; name a step of this definition`,
		`line 4: steps[1]: has no value; write an object, or leave the field out`,
		`line 6: version: 0 is out of range; number versions from 1 to 2147483647`,
		`line 7: nmae: is not a field here; did you mean "name"?`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestParseDefinitionNamesNoLineWhereThereIsOne(t *testing.T) {
	t.Parallel()
	_, err := domain.ParseDefinition([]byte(`{"name":"order","version":1,"steps":[]}` + "\n"))
	if want := "steps: there is none; a saga needs at least one step"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseDefinitionReturnsAPreparedOne(t *testing.T) {
	t.Parallel()
	d, err := domain.ParseDefinition([]byte(tripDocument))
	if err != nil {
		t.Fatal(err)
	}
	if d.Steps[0].Kind != domain.Compensatable || d.Steps[3].After[0] != "pay" {
		t.Errorf("got %+v, want the defaults written out", d)
	}
}

func TestParseDefinitionStopsCountingFaults(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"steps":        `{"name":"order","version":1,"steps":[` + strings.Repeat(`{},`, 300_000) + `{}]}`,
		"dependencies": `{"name":"order","version":1,"steps":[{"after":[` + strings.Repeat(`"x",`, 250_000) + `"x"]}]}`,
		"many fields":  `{` + strings.Repeat(`"f":0,`, 150_000) + `"f":0}`,
	} {
		_, err := domain.ParseDefinition([]byte(document))
		var faults domain.Faults
		if !errors.As(err, &faults) || len(faults) > 1001 {
			t.Errorf("%s: %d faults, want some and not too many", name, len(faults))
		}
	}
}

func TestParseDefinitionRefusesWhatIsNoText(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"\xff":                             "the document is not UTF-8; save it as UTF-8",
		" \n":                              "the document is empty; write a definition",
		`null`:                             "has no value; write an object, or leave the field out",
		strings.Repeat(" ", 1<<20) + "{}":  "the document is longer than 1 MiB; a definition is not",
		strings.Repeat("[", 1<<19) + "nul": "exceeded max depth",
	} {
		_, err := domain.ParseDefinition([]byte(document))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: got %v, want %s", document, err, want)
		}
	}
}

// FuzzParseDefinition holds that every document gives a sound definition or faults, and that what is accepted keeps its
// digest on the way through its canonical form.
func FuzzParseDefinition(f *testing.F) {
	f.Add([]byte(tripDocument))
	f.Add([]byte(order))
	f.Add([]byte(`{"name": "order", "version": 1e0, "steps": [{"name": "a", "name": 1, "after": null, "": {}}]}`))
	f.Add([]byte(`{"steps[0]": {}, "steps": [[]], "a.b": 1, "start": {"group": "\ud800"}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		d, err := domain.ParseDefinition(document)
		if err != nil {
			if faults := (domain.Faults)(nil); !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("error is %v, want faults", err)
			}
			return
		}
		if faults := d.Validate(); faults != nil {
			t.Fatalf("accepted, with faults: %v", faults)
		}
		again, err := domain.ParseDefinition(d.Canonical())
		if err != nil || again.Digest() != d.Digest() {
			t.Fatalf("%s became %v, %v", d.Canonical(), again, err)
		}
	})
}
