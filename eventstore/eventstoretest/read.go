package eventstoretest

import (
	"reflect"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var readLaneCases = []testCase{
	{"an empty lane has no events and head 0", func(t *testing.T, store eventstore.Store) {
		if got := readAll(t, store, 0); len(got) != 0 {
			t.Errorf("ReadLane: %v, want nothing", got)
		}
		CheckLog(t, store)
	}},
	{"after and limit cut out a window", func(t *testing.T, store eventstore.Store) {
		mustAppend(t, store, NewSagaIn(store, 2).Continue(0, 10))
		for _, c := range []struct {
			after       eventstore.Offset
			limit       int
			first, last eventstore.Offset
		}{
			{0, 3, 1, 3}, {3, 3, 4, 6}, {8, 100, 9, 10}, {9, 1, 10, 10}, {10, 5, 0, 0}, {11, 5, 0, 0}, {0, 0, 0, 0}, {1 << 40, 5, 0, 0},
		} {
			got, err := store.ReadLane(t.Context(), 2, c.after, c.limit)
			if err != nil {
				t.Fatalf("ReadLane: %v", err)
			}
			var first, last eventstore.Offset
			if len(got) > 0 {
				first, last = got[0].Offset, got[len(got)-1].Offset
			}
			if first != c.first || last != c.last {
				t.Errorf("after %d limit %d: offsets %d-%d, want %d-%d", c.after, c.limit, first, last, c.first, c.last)
			}
		}
	}},
	{"lanes do not mix", func(t *testing.T, store eventstore.Store) {
		mustAppend(t, store, NewSagaIn(store, 0).Continue(0, 2))
		mustAppend(t, store, NewSagaIn(store, 1).Continue(0, 3))
		if a, b := len(readAll(t, store, 0)), len(readAll(t, store, 1)); a != 2 || b != 3 {
			t.Errorf("lanes hold %d and %d events, want 2 and 3", a, b)
		}
	}},
}

var readSagasCases = []testCase{
	{"histories come whole, in the order of the ids", func(t *testing.T, store eventstore.Store) {
		a, b, absent := NewSagaIn(store, 0), NewSagaIn(store, 5), NewSagaIn(store, 1)
		mustAppend(t, store, a.Continue(0, 2))
		mustAppend(t, store, b.Continue(0, 1))
		mustAppend(t, store, a.Continue(2, 1))
		histories, err := store.ReadSagas(t.Context(), []domain.SagaID{b.ID, absent.ID, a.ID})
		if err != nil {
			t.Fatalf("ReadSagas: %v", err)
		}
		if len(histories) != 3 || len(histories[0]) != 1 || len(histories[1]) != 0 || len(histories[2]) != 3 {
			t.Fatalf("histories of lengths %d, want 1, 0, 3", lengths(histories))
		}
		for i, r := range histories[2] {
			if r.SagaID != a.ID || r.Version != uint64(i+1) || r.CorrelationID != a.CorrelationID {
				t.Errorf("event %d: %+v", i, r)
			}
		}
	}},
	{"an id asked for twice is answered twice", func(t *testing.T, store eventstore.Store) {
		saga := NewSagaIn(store, 0)
		mustAppend(t, store, saga.Continue(0, 2))
		histories, err := store.ReadSagas(t.Context(), []domain.SagaID{saga.ID, saga.ID})
		if err != nil || len(histories) != 2 || !reflect.DeepEqual(histories[0], histories[1]) || len(histories[0]) != 2 {
			t.Errorf("ReadSagas: lengths %d, error %v; want twice the same two events", lengths(histories), err)
		}
	}},
	{"no ids, no histories", func(t *testing.T, store eventstore.Store) {
		histories, err := store.ReadSagas(t.Context(), nil)
		if err != nil || len(histories) != 0 {
			t.Errorf("ReadSagas: %v, %v", histories, err)
		}
	}},
	{"many sagas at once", func(t *testing.T, store eventstore.Store) {
		var ids []domain.SagaID
		batches := make([]eventstore.LaneAppend, store.Lanes())
		for i := range 2000 {
			lane := i % store.Lanes()
			saga := NewSagaIn(store, eventstore.Lane(lane))
			batches[lane].Lane = eventstore.Lane(lane)
			batches[lane].Sagas = append(batches[lane].Sagas, saga.Continue(0, 1+i%2))
			ids = append(ids, saga.ID)
		}
		appendAll(t, store, batches...)
		histories, err := store.ReadSagas(t.Context(), ids)
		if err != nil || len(histories) != len(ids) {
			t.Fatalf("ReadSagas: %d histories, error %v", len(histories), err)
		}
		for i, h := range histories {
			if len(h) != 1+i%2 || h[0].SagaID != ids[i] {
				t.Fatalf("history %d is not the one asked for", i)
			}
		}
	}},
}

func lengths(histories [][]eventstore.Record) []int {
	var n []int
	for _, h := range histories {
		n = append(n, len(h))
	}
	return n
}
