package eventstoretest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

const (
	writers          = 8
	appendsPerWriter = 30
)

var concurrencyCases = []testCase{
	{"writers of their own sagas never meet", func(t *testing.T, store eventstore.Store) {
		concurrently(t, writers, func(w int) error {
			saga := NewSaga(store, fmt.Sprintf("own-%d", w))
			for i := range appendsPerWriter {
				results, err := store.Append(t.Context(), []eventstore.LaneAppend{
					{Lane: saga.Lane, Sagas: []eventstore.SagaAppend{saga.Continue(uint64(i*2), 2)}},
				})
				if err != nil {
					return err
				}
				if len(results[0].Conflicts) > 0 {
					return fmt.Errorf("writer %d: conflict %v", w, results[0].Conflicts)
				}
			}
			return nil
		})
		expectEvents(t, store, writers*appendsPerWriter*2)
	}},
	{"of writers who expect the same version one wins", func(t *testing.T, store eventstore.Store) {
		saga := NewSaga(store, "contended")
		var wins atomic.Int64
		concurrently(t, writers, func(int) error {
			var expected uint64
			for range appendsPerWriter {
				results, err := store.Append(t.Context(), []eventstore.LaneAppend{
					{Lane: saga.Lane, Sagas: []eventstore.SagaAppend{saga.Continue(expected, 1)}},
				})
				if err != nil {
					return err
				}
				if conflicts := results[0].Conflicts; len(conflicts) > 0 {
					expected = conflicts[0].Version
					continue
				}
				wins.Add(1)
				expected++
			}
			return nil
		})
		expectEvents(t, store, int(wins.Load()))
	}},
	{"batches over many lanes in any order do not deadlock", func(t *testing.T, store eventstore.Store) {
		concurrently(t, writers, func(w int) error {
			for i := range appendsPerWriter {
				var batches []eventstore.LaneAppend
				for j := range store.Lanes() {
					lane := eventstore.Lane((j*(2*w+1) + w + i) % store.Lanes())
					saga := NewSagaIn(store, lane)
					batches = append(batches, eventstore.LaneAppend{Lane: lane, Sagas: []eventstore.SagaAppend{saga.End(0, 1)}})
				}
				if _, err := store.Append(t.Context(), dropDoubled(batches)); err != nil {
					return err
				}
			}
			return nil
		})
		CheckLog(t, store)
	}},
	{"a reader who tails the lanes misses nothing", func(t *testing.T, store eventstore.Store) {
		done := make(chan struct{})
		var tailed sync.WaitGroup
		for lane := range store.Lanes() {
			tailed.Go(func() { tail(t, store, eventstore.Lane(lane), done) })
		}
		concurrently(t, writers, func(w int) error {
			for i := range appendsPerWriter {
				a, b := NewSaga(store, fmt.Sprintf("tail-%d-%d", w, i)), NewSaga(store, fmt.Sprintf("tail-%d-%d-b", w, i))
				batches := []eventstore.LaneAppend{{Lane: a.Lane, Sagas: []eventstore.SagaAppend{a.Continue(0, 1+i%4)}}}
				if b.Lane != a.Lane {
					batches = append(batches, eventstore.LaneAppend{Lane: b.Lane, Sagas: []eventstore.SagaAppend{b.Continue(0, 1)}})
				}
				if _, err := store.Append(t.Context(), batches); err != nil {
					return err
				}
			}
			return nil
		})
		close(done)
		tailed.Wait()
		CheckLog(t, store)
	}},
}

// tail follows a lane as projections do, a few events at a time, and checks that offsets and the chain have no hole at
// the moment of reading. After done it reads to the head and stops.
func tail(t *testing.T, store eventstore.Store, lane eventstore.Lane, done <-chan struct{}) {
	var cursor eventstore.Offset
	var hash [32]byte
	appended := store.Appended(t.Context())
	for last := false; ; {
		page, err := store.ReadLane(t.Context(), lane, cursor, 7)
		if err != nil {
			t.Errorf("ReadLane %d: %v", lane, err)
			return
		}
		for _, r := range page {
			hash = eventstore.ChainHash(hash, eventstore.EventDigest(r.SagaID, r.Version, r.NewEvent))
			if r.Offset != cursor+1 || r.Hash != hash {
				t.Errorf("lane %d: read offset %d after %d", lane, r.Offset, cursor)
				return
			}
			cursor = r.Offset
		}
		if len(page) > 0 {
			continue
		}
		if last {
			heads, err := store.Heads(t.Context())
			if err != nil || heads[lane] != cursor {
				t.Errorf("lane %d: the reader stands at %d, the heads are %v (%v)", lane, cursor, heads, err)
			}
			return
		}
		select {
		case <-done:
			last = true
		case <-appended:
		}
	}
}

// concurrently runs n workers at once and fails t with the first error of each.
func concurrently(t *testing.T, n int, work func(worker int) error) {
	t.Helper()
	var group sync.WaitGroup
	for worker := range n {
		group.Go(func() {
			if err := work(worker); err != nil {
				t.Errorf("worker %d: %v", worker, err)
			}
		})
	}
	group.Wait()
}

func expectEvents(t *testing.T, store eventstore.Store, want int) {
	t.Helper()
	total := 0
	for _, records := range CheckLog(t, store) {
		total += len(records)
	}
	if total != want {
		t.Errorf("the log holds %d events, %d were acknowledged", total, want)
	}
}

// dropDoubled keeps the first batch of each lane.
func dropDoubled(batches []eventstore.LaneAppend) []eventstore.LaneAppend {
	seen := make(map[eventstore.Lane]bool)
	var kept []eventstore.LaneAppend
	for _, b := range batches {
		if !seen[b.Lane] {
			kept = append(kept, b)
		}
		seen[b.Lane] = true
	}
	return kept
}

// idsOf lists the ids of rows.
func idsOf(heads []eventstore.SagaHead) []domain.SagaID {
	ids := make([]domain.SagaID, len(heads))
	for i := range heads {
		ids[i] = heads[i].SagaID
	}
	return ids
}
