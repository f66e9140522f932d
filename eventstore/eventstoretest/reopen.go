package eventstoretest

import (
	"reflect"
	"testing"

	"github.com/skald-go/skald/eventstore"
)

// RunReopen holds a driver that lasts to that: what was there before Close is there after. open opens the same store
// each time; the test closes what it opens.
func RunReopen(t *testing.T, open OpenFunc) {
	before := open(t)
	saga, ended := NewSagaIn(before, 1), NewSagaIn(before, 2)
	mustAppend(t, before, saga.Continue(0, 3))
	mustAppend(t, before, ended.End(0, 2))
	putDefinition(t, before, published("order", 1, "sha256:aa"))
	putLetter(t, before, letter("0001"))
	log, rows := CheckLog(t, before), sagaHeads(t, before, 1)
	closeStore(t, before)

	after := open(t)
	defer closeStore(t, after)
	if got := CheckLog(t, after); !reflect.DeepEqual(got, log) {
		t.Error("the log differs after reopening")
	}
	if got := sagaHeads(t, after, 1); !reflect.DeepEqual(got, rows) {
		t.Errorf("rows %+v, want %+v", got, rows)
	}
	if _, err := after.Definition(t.Context(), "order", 1); err != nil {
		t.Errorf("Definition: %v", err)
	}
	expectLetter(t, after, letter("0001"))
	if result := mustAppend(t, after, saga.Continue(3, 1)); result.First != 4 {
		t.Errorf("the next offset is %d, want 4", result.First)
	}
	CheckLog(t, after)
}

func closeStore(t testing.TB, store eventstore.Store) {
	t.Helper()
	if err := store.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
