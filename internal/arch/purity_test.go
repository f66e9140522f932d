package arch

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// impure are packages that would let domain read a clock or dice, block, talk or remember.
var impure = []string{
	"context", "crypto/rand", "database", "io", "log", "math/rand", "net", "os", "runtime", "sync", "syscall", "testing", "unsafe",
}

// clock is what domain may not take from package time: it has the types and the arithmetic, not the hour.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

func TestDomainImportsOnlyWhatIsPure(t *testing.T) {
	for _, s := range domain(t) {
		for _, imported := range s.imports {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("%s imports %s: domain needs the standard library only", s.path, imported)
			}
			for _, p := range impure {
				if isWithin(imported, p) {
					t.Errorf("%s imports %s: what it would read comes in with the input", s.path, imported)
				}
			}
		}
	}
}

func TestDomainHasNoGoroutineNoChannelAndNoClock(t *testing.T) {
	all, positions := sources(t)
	for _, s := range all {
		if s.folder() != "domain" || s.isTest() {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if what := forbiddenInDomain(n); what != "" {
				t.Errorf("%s: %s in domain", positions.Position(n.Pos()), what)
			}
			return true
		})
	}
}

func forbiddenInDomain(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a goroutine"
	case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
		return "a channel"
	case *ast.SelectorExpr:
		if of, ok := n.X.(*ast.Ident); ok && of.Name == "time" && slices.Contains(clock, n.Sel.Name) {
			return "time." + n.Sel.Name
		}
	}
	return ""
}

// TestTestsSleepOnlyOnAFakeClock keeps the suite fast and steady: a test waits for a signal, or sleeps where sleeping takes
// no time, in testing/synctest.
func TestTestsSleepOnlyOnAFakeClock(t *testing.T) {
	all, positions := sources(t)
	for _, s := range all {
		if !s.isTest() || slices.Contains(s.imports, "testing/synctest") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || call.Sel.Name != "Sleep" {
				return true
			}
			if of, ok := call.X.(*ast.Ident); ok && of.Name == "time" {
				t.Errorf("%s: time.Sleep outside testing/synctest", positions.Position(n.Pos()))
			}
			return true
		})
	}
}

// domain is the pure package itself; its folders for documents and for tests are not bound.
func domain(t *testing.T) []source {
	t.Helper()
	all, _ := sources(t)
	own := slices.DeleteFunc(all, func(s source) bool { return s.folder() != "domain" || s.isTest() })
	if len(own) == 0 {
		t.Fatal("found no file of domain")
	}
	return own
}
