package engine_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/memory"
)

// moody answers as the request id decides, so that a redelivered command meets the same mood: most complete, some fail
// once or for good, some are silent at first, some answers come twice.
func moody(c domain.Envelope, delivery int) enginetest.Answer {
	h := fnv.New32a()
	_, _ = h.Write([]byte(c.RequestID))
	forward := c.EventType[len(c.EventType)-3:] == ":do"
	switch mood := h.Sum32() % 20; {
	case mood == 0 && delivery == 1:
		return enginetest.Silence
	case mood == 1:
		return enginetest.Failed
	case mood == 2 && forward:
		return enginetest.Declined
	case mood < 6:
		return append(append(enginetest.Answer{}, enginetest.Completed...), enginetest.Completed...)
	default:
		return enginetest.Completed
	}
}

// TestTwoProcessesOnTheSameSagas: every reply goes to one of two processes at random, whose stores fail now and then.
func TestTwoProcessesOnTheSameSagas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sagas = 300
		store, broker := memory.New(0), newBroker(t, moody)
		conflicts := &countingObserver{}
		adjust := func(c *engine.Config) {
			c.Observer = conflicts
			c.Store.(*enginetest.Store).Plan = func(n int) enginetest.Fault {
				switch n % 23 {
				case 7:
					return enginetest.Fails
				case 11:
					return enginetest.Vanishes
				}
				return enginetest.Works
			}
		}
		a, b := run(t, store, broker, adjust), run(t, store, broker, adjust)
		publish(t, a, order(t, 1, func(s *domain.StepBuilder) { s.Retry(domain.RetryPolicy{Attempts: 20}) }))
		broker.Serve(a, b)

		var starts sync.WaitGroup
		for n := range sagas {
			for _, e := range []*engine.Engine{a.Engine, b.Engine} { // the same start reaches both
				starts.Go(func() {
					for {
						if _, err := e.Start(t.Context(), startRequest(n)); err == nil {
							return
						}
						time.Sleep(time.Millisecond) // on the bubble's clock
					}
				})
			}
		}
		starts.Wait()
		enginetest.AwaitEnd(t, store)

		states := enginetest.Sagas(t, store)
		if len(states) != sagas {
			t.Errorf("%d sagas, want %d", len(states), sagas)
		}
		count := map[domain.Status]int{}
		for _, state := range states {
			count[state.Status]++
		}
		if count[domain.Completed] == 0 || count[domain.Compensated] == 0 || count[domain.Completed]+count[domain.Compensated] != sagas {
			t.Errorf("ends %v", count)
		}
		if conflicts.conflicts.Load() == 0 {
			t.Error("the two never met: the test shows nothing")
		}
		enginetest.AllOrNothing(t, broker, states, orderSteps)
		for _, err := range broker.Refused() {
			t.Errorf("refused: %v", err)
		}
	})
}

// TestStaleCacheRefusesNothing: what a process remembers is older than the reply it gets. It must look before it says no.
func TestStaleCacheRefusesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(domain.Envelope, int) enginetest.Answer { return enginetest.Silence }
		w := newWorld(t, silent, order(t, 1, nil), nil)
		other := run(t, w.store, w.broker, nil)
		id := start(t, w.Engine, 1).SagaID // w remembers the saga with "reserve" open

		reply := func(e *engine.Engine, step string) error {
			return e.Reply(t.Context(), domain.Envelope{
				CorrelationID: "c-1", SagaID: id.String(), EventType: step + ":do", Status: domain.ReplyCompleted,
				RequestID: domain.RequestID(id, step, domain.Forward, 1),
			}, "entry of "+step)
		}
		for _, err := range []error{reply(other.Engine, "reserve"), reply(w.Engine, "charge"), reply(other.Engine, "ship")} {
			if err != nil {
				t.Error(err)
			}
		}
		if got := status(t, w.Engine, id); got != domain.Completed {
			t.Errorf("status %s", got)
		}
		if err := reply(w.Engine, "charge"); err != nil {
			t.Errorf("a reply delivered again: %v", err)
		}
	})
}

// TestRefusalFallsWithItsAppend: a reply is refused on top of events that rest on a stale memory, and the append of those
// fails. Nothing has been checked then, so the reply must not be refused for good.
func TestRefusalFallsWithItsAppend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(domain.Envelope, int) enginetest.Answer { return enginetest.Silence }
		w := newWorld(t, silent, order(t, 1, nil), nil)
		id := start(t, w.Engine, 1).SagaID // w remembers the saga with "reserve" open
		reply := func(e *engine.Engine, step string, status domain.ReplyStatus) error {
			return e.Reply(t.Context(), domain.Envelope{
				SagaID: id.String(), EventType: step + ":do", Status: status, RequestID: domain.RequestID(id, step, domain.Forward, 1),
			}, "e")
		}
		other := run(t, w.store, w.broker, nil)
		if err := reply(other.Engine, "reserve", domain.ReplyCompleted); err != nil {
			t.Fatal(err)
		}
		gate := make(chan struct{})
		w.process.store.Gate = func() { <-gate }
		w.process.store.Plan = enginetest.OnAppend(w.process.store.Appends()+2, enginetest.Fails)
		results := make(chan error, 2)
		go func() { _, _ = w.Start(t.Context(), startRequest(2)) }() // in flight, while the next append is decided
		synctest.Wait()
		go func() { results <- reply(w.Engine, "reserve", domain.ReplyStart) }() // new to w, long past in truth
		synctest.Wait()
		go func() { results <- reply(w.Engine, "charge", domain.ReplyCompleted) }() // w has never heard of "charge"
		synctest.Wait()
		close(gate)
		for range 2 {
			wantIs(t, <-results, eventstore.ErrUnavailable)
		}
		if err := reply(w.Engine, "charge", domain.ReplyCompleted); err != nil {
			t.Errorf("submitted again: %v", err)
		}
	})
}

// losingStore lets every append lose against another writer, who is never seen.
type losingStore struct{ eventstore.Store }

func (s losingStore) Append(_ context.Context, batches []eventstore.LaneAppend) ([]eventstore.LaneResult, error) {
	results := make([]eventstore.LaneResult, len(batches))
	for i, b := range batches {
		results[i].Lane = b.Lane
		for _, saga := range b.Sagas {
			results[i].Conflicts = append(results[i].Conflicts, eventstore.Conflict{SagaID: saga.SagaID, Version: 1})
		}
	}
	return results, nil
}

func TestEndlessContentionIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), func(c *engine.Config) { c.Store = losingStore{c.Store} })
		_, err := w.Start(t.Context(), startRequest(1))
		wantIs(t, err, engine.ErrContended)
	})
}

// TestManyInputsOfOneSagaInOneBatch: replies that wait together are decided one after another and appended as one.
func TestManyInputsOfOneSagaInOneBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		silent := func(domain.Envelope, int) enginetest.Answer { return enginetest.Silence }
		w := newWorld(t, silent, order(t, 1, nil), func(c *engine.Config) {
			c.Store.(*enginetest.Store).Gate = func() { <-gate }
		})
		send := func(n int, status domain.ReplyStatus, fraction string, done chan<- error) {
			id := domain.SagaIDFromKey("order", fmt.Sprint("key-", n), fmt.Sprint("c-", n))
			done <- w.Reply(t.Context(), domain.Envelope{
				SagaID: id.String(), EventType: "reserve:do", Status: status, Payload: []byte(`{"fraction":` + fraction + `}`),
			}, "e")
		}
		started := make(chan error, 1)
		go func() { _, err := w.Start(t.Context(), startRequest(1)); started <- err }()
		gate <- struct{}{}
		if err := <-started; err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 4)
		go send(1, domain.ReplyStart, "0", done)
		synctest.Wait() // it is in flight now; the others are held back
		for i, status := range []domain.ReplyStatus{domain.ReplyProgress, domain.ReplyProgress, domain.ReplyCompleted} {
			go send(1, status, fmt.Sprint(0.25*float64(i+1)), done)
			synctest.Wait()
		}
		close(gate)
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := w.process.store.Appends(); n != 3 {
			t.Errorf("%d appends, want one for the start, one for the reply in flight, one for those held back", n)
		}
		enginetest.Sagas(t, w.store)
	})
}
