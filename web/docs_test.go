package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skald-go/skald/web/api"
)

func TestEveryRouteAndErrorIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range NewServer(Config{Service: &Service{}}).routes() {
		if !strings.Contains(string(page), "| `"+r.pattern+"` |") {
			t.Errorf("%s is not in docs/operations.md", r.pattern)
		}
	}
	for _, kind := range []api.Kind{
		api.Invalid, api.NotFound, api.Refused, api.Changed, api.TooLarge, api.Unavailable, api.Unknown, api.Internal, api.NoRoute,
	} {
		p := api.NewProblem(kind, "", "")
		row := fmt.Sprintf("`%s`", kind)
		if !strings.Contains(string(page), row) || !strings.Contains(string(page), fmt.Sprintf("| %d |", p.Status)) {
			t.Errorf("%s (%d) is not in docs/operations.md", kind, p.Status)
		}
	}
}
