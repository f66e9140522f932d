package document_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/document"
)

// The same recipe, as people write it in the three notations.
const (
	paymentYAML = `
# retries are shared by an anchor
name: payment
version: 1
start: {stream: "payment:orders", event_type: "payment:start"}
steps:
  - name: reserve
    command: {stream: "bank:commands", event_type: "bank:reserve"}
    compensate: {stream: "bank:commands", event_type: "bank:release"}
    retry: &patient {policy: linear, first: 1s, attempts: 0x0A, jitter: 0.5}
  - name: score
    after: []
    command: {stream: "risk:commands", event_type: "risk:score"}
    retry: *patient
  - name: charge
    after:
      - score
      - reserve
    command: {stream: "bank:commands", event_type: "bank:charge"}
`
	paymentJSON = `{
  "name": "payment", "version": 1,
  "start": {"stream": "payment:orders", "event_type": "payment:start"},
  "steps": [
    {"name": "reserve",
     "command": {"stream": "bank:commands", "event_type": "bank:reserve"},
     "compensate": {"stream": "bank:commands", "event_type": "bank:release"},
     "retry": {"policy": "linear", "first": "1000ms", "attempts": 10, "jitter": 0.5}},
    {"name": "score", "after": [],
     "command": {"stream": "risk:commands", "event_type": "risk:score"},
     "retry": {"policy": "linear", "first": "1s", "attempts": 1e1, "jitter": 5e-1}},
    {"name": "charge", "after": ["reserve", "score"], "timeout": "30s",
     "command": {"stream": "bank:commands", "event_type": "bank:charge"}}
  ]
}`
)

func TestYAMLJSONAndBuilderAgree(t *testing.T) {
	t.Parallel()
	fromYAML, err := document.Parse("payment.yaml", []byte(paymentYAML))
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := document.Parse("payment.json", []byte(paymentJSON))
	if err != nil {
		t.Fatal(err)
	}
	second, half := domain.Duration(1e9), 0.5
	patient := domain.RetryPolicy{Policy: domain.Linear, First: second, Attempts: 10, Jitter: &half}
	built, err := domain.Define("payment").Version(1).StartsOn("payment:orders", "payment:start").
		Step("reserve").Command("bank:commands", "bank:reserve").Compensate("bank:commands", "bank:release").Retry(patient).
		Step("score").After().Command("risk:commands", "risk:score").Retry(patient).
		Step("charge").After("reserve", "score").Command("bank:commands", "bank:charge").
		Build()
	if err != nil {
		t.Fatal(err)
	}
	if fromYAML.Digest() != fromJSON.Digest() || fromYAML.Digest() != built.Digest() {
		t.Errorf("digests differ:\nYAML    %s\nJSON    %s\nbuilder %s", fromYAML.Canonical(), fromJSON.Canonical(), built.Canonical())
	}
}

func TestLoadTellsReadingFromFaults(t *testing.T) {
	t.Parallel()
	_, err := document.Load(filepath.Join(t.TempDir(), "missing.yaml"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: error is %v, want one that wraps os.ErrNotExist", err)
	}
	if faulty := (*document.Error)(nil); errors.As(err, &faulty) {
		t.Error("a missing file is reported as a faulty document")
	}
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, []byte(strings.Repeat("# filler\n", domain.MaxDocument/8)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := document.Load(large); err == nil || !strings.Contains(err.Error(), "longer than 1 MiB") {
		t.Errorf("a file of more than 1 MiB: error is %v", err)
	}
}

func TestParseRefusesOtherKindsOfFile(t *testing.T) {
	t.Parallel()
	_, err := document.Parse("order.toml", nil)
	if err == nil || err.Error() != "order.toml: the file's name must end in .yaml, .yml or .json" {
		t.Errorf("error is %v", err)
	}
}

func TestErrorUnwrapsToFaults(t *testing.T) {
	t.Parallel()
	_, err := document.Parse("order.yml", []byte("name: order\nversion: 0\nsteps: []\n"))
	var faults domain.Faults
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Fatalf("error is %v, want two faults", err)
	}
	if faults[0].Path != "version" || faults[0].Line != 2 || faults[1].Path != "steps" || faults[1].Line != 3 {
		t.Errorf("faults are %+v", faults)
	}
}

// FuzzParse holds that no document, however odd, makes the parser fail otherwise than by faults, and that what it
// accepts survives the way through its canonical form.
func FuzzParse(f *testing.F) {
	f.Add(paymentYAML)
	for _, pattern := range []string{"/*.yaml", "/faulty/*.yaml"} {
		paths, err := filepath.Glob(definitions + pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			source, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(source))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		definition, err := document.Parse("fuzz.yaml", []byte(source))
		if err != nil {
			if faulty := (*document.Error)(nil); !errors.As(err, &faulty) || len(faulty.Faults) == 0 {
				t.Fatalf("error is %v, want faults", err)
			}
			return
		}
		again, err := document.Parse("fuzz.json", definition.Canonical())
		if err != nil {
			t.Fatalf("the canonical form is refused: %v", err)
		}
		if again.Digest() != definition.Digest() {
			t.Fatalf("digest changed from\n%s\nto\n%s", definition.Canonical(), again.Canonical())
		}
	})
}
