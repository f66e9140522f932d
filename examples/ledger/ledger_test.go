package ledger_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/skald-go/skald/examples/ledger"
)

const (
	actionKey = "s1:allocate_resources:action"
	undoKey   = "s1:allocate_resources:compensation"
)

type answer struct{ Robots []string }

func robots(names ...string) func() (answer, error) {
	return func() (answer, error) { return answer{Robots: names}, nil }
}

func TestRedeliveryIsAnsweredFromTheLedger(t *testing.T) {
	l := ledger.InMemory()
	first, err := ledger.Once(l, actionKey, "resources:allocate", robots("r1"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := ledger.Once(l, actionKey, "resources:allocate", robots("another"))
	if err != nil {
		t.Fatal(err)
	}
	if first.Robots[0] != "r1" || second.Robots[0] != "r1" {
		t.Errorf("answers %v and %v, want the first one twice", first, second)
	}
	if n := len(l.Entries()); n != 1 {
		t.Errorf("%d effects, want 1", n)
	}
}

func TestFailureIsNotRemembered(t *testing.T) {
	l := ledger.InMemory()
	busy := errors.New("all robots are busy")
	_, err := ledger.Once(l, actionKey, "resources:allocate", func() (answer, error) { return answer{}, busy })
	if !errors.Is(err, busy) {
		t.Fatalf("error %v, want %v", err, busy)
	}
	if _, err := ledger.Once(l, actionKey, "resources:allocate", robots("r1")); err != nil {
		t.Errorf("the next attempt: %v", err)
	}
}

func TestUndoSeesWhatWasDone(t *testing.T) {
	l := ledger.InMemory()
	if _, err := ledger.Once(l, actionKey, "resources:allocate", robots("r1", "r2")); err != nil {
		t.Fatal(err)
	}
	count := func(a answer, done bool) (int, error) {
		if !done {
			return 0, errors.New("the ledger forgot the action")
		}
		return len(a.Robots), nil
	}
	for range 2 {
		freed, err := ledger.Undo(l, undoKey, "resources:release", count)
		if err != nil || freed != 2 {
			t.Fatalf("freed %d, error %v; want 2", freed, err)
		}
	}
	if n := len(l.Entries()); n != 2 {
		t.Errorf("%d effects, want one of each direction", n)
	}
}

func TestLateActionIsRefused(t *testing.T) {
	l := ledger.InMemory()
	_, err := ledger.Undo(l, undoKey, "resources:release", func(_ answer, done bool) (bool, error) { return done, nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Once(l, actionKey, "resources:allocate", robots("r1")); !errors.Is(err, ledger.ErrUndone) {
		t.Errorf("error %v, want ErrUndone", err)
	}
}

// A redelivered action is answered with its old answer even after it was undone: what happened has happened.
func TestUndoneActionKeepsItsAnswer(t *testing.T) {
	l := ledger.InMemory()
	if _, err := ledger.Once(l, actionKey, "resources:allocate", robots("r1")); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Undo(l, undoKey, "resources:release", func(answer, bool) (int, error) { return 1, nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := ledger.Once(l, actionKey, "resources:allocate", robots("another")); err != nil || got.Robots[0] != "r1" {
		t.Errorf("answer %v, error %v; want the first answer", got, err)
	}
}

func TestConcurrentDeliveriesHaveOneEffect(t *testing.T) {
	l := ledger.InMemory()
	var effects atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := ledger.Once(l, actionKey, "resources:allocate", func() (int32, error) { return effects.Add(1), nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := effects.Load(); n != 1 {
		t.Errorf("%d effects, want 1", n)
	}
}

func TestReopenedFileRemembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	l := open(t, path)
	for i := range 3 {
		key := fmt.Sprintf("s%d:plan_route:action", i)
		if _, err := ledger.Once(l, key, "routing:plan", func() (int, error) { return i, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ledger.Undo(l, undoKey, "resources:release", func(_ answer, done bool) (bool, error) { return done, nil }); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	l = open(t, path)
	t.Cleanup(func() { _ = l.Close() })
	got, err := ledger.Once(l, "s1:plan_route:action", "routing:plan", func() (int, error) { return 99, nil })
	if err != nil || got != 1 {
		t.Errorf("answer %d, error %v; want the answer from before", got, err)
	}
	if _, err := ledger.Once(l, actionKey, "resources:allocate", robots("r1")); !errors.Is(err, ledger.ErrUndone) {
		t.Errorf("error %v: the tombstone did not survive", err)
	}
}

// A crash can cut the last line anywhere. Whatever is whole is kept, the rest was never told to anybody.
func TestTornLineIsCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	l := open(t, path)
	for _, key := range []string{"s1:plan_route:action", "s2:plan_route:action"} {
		if _, err := ledger.Once(l, key, "routing:plan", func() (string, error) { return key, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for length := range content {
		if err := os.WriteFile(path, content[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, path)
		if _, err := ledger.Once(l, "s3:plan_route:action", "routing:plan", func() (int, error) { return 3, nil }); err != nil {
			t.Fatal(err)
		}
		whole := len(l.Entries())
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, path)
		if got := len(again.Entries()); got != whole {
			t.Errorf("cut at %d: %d entries after another reopening, want %d", length, got, whole)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFileHasOneHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	l := open(t, path)
	t.Cleanup(func() { _ = l.Close() })
	if _, err := ledger.Open(path); !errors.Is(err, ledger.ErrInUse) {
		t.Errorf("error %v, want ErrInUse", err)
	}
}

func open(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
