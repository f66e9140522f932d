package eventstoretest

import (
	"reflect"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var conflictCases = []testCase{
	{"losers are named, winners are written", func(t *testing.T, store eventstore.Store) {
		won, behind, ahead, absent := NewSagaIn(store, 1), NewSagaIn(store, 1), NewSagaIn(store, 1), NewSagaIn(store, 1)
		mustAppend(t, store, won.Continue(0, 2), behind.Continue(0, 3), ahead.Continue(0, 1))
		result := appendTo(t, store, behind.Continue(2, 2), won.Continue(2, 1), absent.Continue(1, 1), ahead.Continue(4, 1))
		want := eventstore.LaneResult{Lane: 1, First: 7, Head: 7, Conflicts: []eventstore.Conflict{
			{SagaID: behind.ID, Version: 3}, {SagaID: absent.ID, Version: 0}, {SagaID: ahead.ID, Version: 1},
		}}
		if !reflect.DeepEqual(result, want) {
			t.Errorf("result %+v, want %+v", result, want)
		}
		if got := len(history(t, store, absent.ID)); got != 0 {
			t.Errorf("a saga that lost has %d events", got)
		}
		CheckLog(t, store)
	}},
	{"a saga that exists cannot be started", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 0)
		mustAppend(t, store, saga.Continue(0, 2))
		result := appendTo(t, store, saga.Continue(0, 1))
		want := eventstore.LaneResult{Lane: 0, Head: 2, Conflicts: []eventstore.Conflict{{SagaID: saga.ID, Version: 2}}}
		if !reflect.DeepEqual(result, want) {
			t.Errorf("result %+v, want %+v", result, want)
		}
		CheckLog(t, store)
	}},
	{"no offset is burnt by a conflict", func(t *testing.T, store eventstore.Store) {
		saga, other := NewSagaIn(store, 0), NewSagaIn(store, 0)
		mustAppend(t, store, saga.Continue(0, 1))
		appendTo(t, store, saga.Continue(0, 5))
		if result := mustAppend(t, store, other.Continue(0, 1)); result.First != 2 {
			t.Errorf("first offset after a conflict is %d, want 2", result.First)
		}
		CheckLog(t, store)
	}},
	{"a conflict in one lane leaves the others alone", func(t *testing.T, store eventstore.Store) {
		lost, won := NewSagaIn(store, 6), NewSagaIn(store, 2)
		mustAppend(t, store, lost.Continue(0, 1))
		results := appendAll(t, store,
			eventstore.LaneAppend{Lane: 6, Sagas: []eventstore.SagaAppend{lost.Continue(0, 1)}},
			eventstore.LaneAppend{Lane: 2, Sagas: []eventstore.SagaAppend{won.Continue(0, 2)}})
		want := []eventstore.LaneResult{
			{Lane: 6, Head: 1, Conflicts: []eventstore.Conflict{{SagaID: lost.ID, Version: 1}}},
			{Lane: 2, First: 1, Head: 2},
		}
		if !reflect.DeepEqual(results, want) {
			t.Errorf("results %+v, want %+v", results, want)
		}
		CheckLog(t, store)
	}},
	{"a loser leaves its row as it was", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 0)
		mustAppend(t, store, saga.Continue(0, 2))
		before := sagaHeads(t, store, 0)
		appendTo(t, store, saga.End(1, 1))
		if after := sagaHeads(t, store, 0); !reflect.DeepEqual(after, before) {
			t.Errorf("row %+v, want %+v", after, before)
		}
	}},
}

func sagaHeads(t testing.TB, store eventstore.Store, lane eventstore.Lane) []eventstore.SagaHead {
	t.Helper()
	heads, err := store.SagaHeads(t.Context(), lane, domain.SagaID{}, 1_000_000)
	if err != nil {
		t.Fatalf("SagaHeads: %v", err)
	}
	return heads
}
