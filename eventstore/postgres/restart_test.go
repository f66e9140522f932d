package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/internal/testenv"
)

// The server is killed while writers append, and comes back. Whatever was acknowledged is there, once; appends that were
// under way go through or say that they did not happen.
func TestKilledServerLosesNothing(t *testing.T) {
	server := testenv.StartPostgres(t)
	store := openStore(t, server.URL())
	var acknowledged, appends atomic.Int64
	var writers sync.WaitGroup
	stop, warm := make(chan struct{}), make(chan struct{})
	for range 4 {
		writers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				saga := eventstoretest.NewSagaIn(store, 2)
				results, err := store.Append(t.Context(), []eventstore.LaneAppend{{Lane: 2, Sagas: []eventstore.SagaAppend{saga.Continue(0, 2)}}})
				if err == nil && len(results[0].Conflicts) > 0 {
					t.Errorf("a saga of one writer met %v", results[0].Conflicts)
				}
				if err == nil {
					acknowledged.Add(2)
				}
				if appends.Add(1) == 100 {
					close(warm)
				}
			}
		})
	}
	<-warm
	server.Kill()
	server.Restart()
	appendWhenBack(t, store)
	close(stop)
	writers.Wait()
	log := eventstoretest.CheckLog(t, store)
	if got := int64(len(log[2])); got != acknowledged.Load() {
		t.Errorf("the lane holds %d events, %d were acknowledged", got, acknowledged.Load())
	}
}

// appendWhenBack appends until the server takes it again.
func appendWhenBack(t *testing.T, store eventstore.Store) {
	t.Helper()
	saga := eventstoretest.NewSagaIn(store, 3)
	for {
		_, err := store.Append(t.Context(), []eventstore.LaneAppend{{Lane: 3, Sagas: []eventstore.SagaAppend{saga.Continue(0, 1)}}})
		if err == nil {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}
