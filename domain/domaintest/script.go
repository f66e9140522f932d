package domaintest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
)

var update = flag.Bool("update", false, "write the traces under testdata anew instead of comparing them")

// Script runs a trace: a file in which each line that begins with "> " lets something happen, and the indented lines
// under it are what must follow: the events, and where the saga then stands. Other lines are comments. With -update
// the file is written anew from what does follow, to be read as a diff.
func Script(t *testing.T, path string, def *domain.Definition) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := play(t, string(want), def)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(want) {
		t.Errorf("%s: the trace differs; run the test with -update and read the diff.\n--- now\n%s", path, got)
	}
}

func play(t *testing.T, script string, def *domain.Definition) string {
	s := New(t, def)
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "    ") {
			continue
		}
		fmt.Fprintln(&b, line)
		if what, ok := strings.CutPrefix(line, "> "); ok {
			s.narrate(&b, what)
		}
	}
	return b.String()
}

func (s *Scenario) narrate(b *strings.Builder, what string) {
	if err := s.Do(what); err != nil {
		fmt.Fprintf(b, "    refused: %v\n", err)
		return
	}
	for _, line := range Lines(s.Last()) {
		fmt.Fprintf(b, "    %s\n", line)
	}
	fmt.Fprintf(b, "    = %s\n", Describe(s.State))
}
