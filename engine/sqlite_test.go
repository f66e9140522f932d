package engine_test

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/sqlite"
)

func openSQLite(t *testing.T) eventstore.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "skald.db"), sqlite.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// TestSQLite runs sagas with every mood of participant on a real file and the real clock.
func TestSQLite(t *testing.T) {
	const sagas = 25
	store, broker := openSQLite(t), newBroker(t, moody)
	p := run(t, store, broker, nil)
	broker.Serve(p)
	publish(t, p, order(t, 1, prompt))
	var starts sync.WaitGroup
	for n := range sagas {
		starts.Go(func() {
			if _, err := p.Start(t.Context(), startRequest(n)); err != nil {
				t.Error(err)
			}
		})
	}
	starts.Wait()
	enginetest.AwaitEnd(t, store)
	states := enginetest.Sagas(t, store)
	if len(states) != sagas {
		t.Errorf("%d sagas, want %d", len(states), sagas)
	}
	enginetest.AllOrNothing(t, broker, states, orderSteps)
	if err := p.end(); err != nil {
		t.Error(err)
	}
}

// TestSQLiteProcessDies kills the process on both sides of an append in the middle, and goes on from the file.
func TestSQLiteProcessDies(t *testing.T) {
	for name, fault := range map[string]enginetest.Fault{"before": enginetest.DiesFirst, "after": enginetest.DiesAfter} {
		t.Run(name, func(t *testing.T) {
			store, broker := openSQLite(t), newBroker(t, nil)
			first := run(t, store, broker, func(c *engine.Config) {
				c.Store.(*enginetest.Store).Plan = enginetest.OnAppend(6, fault)
			})
			broker.Serve(first)
			publish(t, first, order(t, 1, prompt))
			var current atomic.Pointer[engine.Engine]
			current.Store(first.Engine)
			var starts sync.WaitGroup
			for n := range 10 {
				starts.Go(func() { startUntilTaken(t.Context(), &current, n) })
			}
			<-first.store.Died()
			broker.Serve()
			_ = first.end()
			second := run(t, store, broker, nil)
			broker.Serve(second)
			current.Store(second.Engine)
			starts.Wait()
			enginetest.AwaitEnd(t, store)
			states := enginetest.Sagas(t, store)
			for id, state := range states {
				if state.Status != domain.Completed {
					t.Errorf("saga %s is %s", id, state.Status)
				}
			}
			if len(states) != 10 {
				t.Errorf("%d sagas", len(states))
			}
			enginetest.AllOrNothing(t, broker, states, orderSteps)
			if err := second.end(); err != nil {
				t.Error(err)
			}
		})
	}
}
