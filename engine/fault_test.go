package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
	"github.com/skald-go/skald/eventstore/memory"
)

// stories are the two ways in which sagas of the crash tests end.
var stories = map[string]struct {
	answers map[string]enginetest.Answer
	ends    domain.Status
	tells   domain.ReplyStatus
}{
	"completed":   {nil, domain.Completed, domain.ReplyCompleted},
	"compensated": {map[string]enginetest.Answer{"ship:do": enginetest.Declined}, domain.Compensated, domain.ReplyFailed},
}

// startUntilTaken starts saga n as a client does that wants to be sure: again and again, with the same key, at whatever
// process is there.
func startUntilTaken(ctx context.Context, current *atomic.Pointer[engine.Engine], n int) domain.SagaID {
	for {
		if e := current.Load(); e != nil {
			result, err := e.Start(ctx, startRequest(n))
			if err == nil || ctx.Err() != nil {
				return result.SagaID
			}
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return domain.SagaID{}
		}
	}
}

// TestProcessDiesAtEachAppend kills the process before and after every append there is, and restarts it on what is left
// in the store. Promise 8: nothing changes.
func TestProcessDiesAtEachAppend(t *testing.T) {
	for name, story := range stories {
		for _, fault := range []enginetest.Fault{enginetest.DiesFirst, enginetest.DiesAfter} {
			for n := 1; ; n++ {
				died := false
				t.Run(fmt.Sprintf("%s/fault %d at append %d", name, fault, n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						died = dieAndRestart(t, story.answers, func(c *engine.Config) {
							c.Store.(*enginetest.Store).Plan = enginetest.OnAppend(n, fault)
						}, story.ends, story.tells)
					})
				})
				if !died {
					break
				}
			}
		}
	}
}

// TestProcessDiesAtEachPublish kills the process when it is about to publish for the nth time, with everything durable
// and nothing sent.
func TestProcessDiesAtEachPublish(t *testing.T) {
	for name, story := range stories {
		for n := 1; ; n++ {
			died := false
			t.Run(fmt.Sprintf("%s/publish %d", name, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					died = dieAndRestart(t, story.answers, func(c *engine.Config) {
						c.Publisher = &dyingPublisher{Publisher: c.Publisher.(enginetest.Publisher), dieAt: n}
					}, story.ends, story.tells)
				})
			})
			if !died {
				break
			}
		}
	}
}

type dyingPublisher struct {
	enginetest.Publisher
	dieAt, calls int // only the sender publishes, so one at a time
}

func (p *dyingPublisher) Publish(ctx context.Context, messages []domain.Envelope) error {
	if p.calls++; p.calls == p.dieAt {
		p.Process.Kill()
	}
	return p.Publisher.Publish(ctx, messages)
}

// dieAndRestart runs one saga on a process that may die, and, when it has, on the next one. It reports whether it died.
func dieAndRestart(t *testing.T, answers map[string]enginetest.Answer, adjust func(*engine.Config), ends domain.Status, tells domain.ReplyStatus) bool {
	store, broker := memory.New(4), newBroker(t, enginetest.Script(answers))
	first := run(t, store, broker, adjust)
	broker.Serve(first)
	publish(t, first, order(t, 1, nil))

	var current atomic.Pointer[engine.Engine]
	current.Store(first.Engine)
	id := make(chan domain.SagaID, 1)
	go func() { id <- startUntilTaken(t.Context(), &current, 1) }()

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if !awaitTold(broker, tells) {
			t.Errorf("the caller was never told %q; told %v, history %v", tells, broker.Told(), enginetest.Sagas(t, store))
		}
	}()
	died := false
	select {
	case <-first.store.Died():
		died = true
		current.Store(nil)
		broker.Serve()
		_ = first.end()
		second := run(t, store, broker, nil)
		broker.Serve(second)
		current.Store(second.Engine)
		<-ended
	case <-ended:
	}
	saga := <-id
	states := enginetest.Sagas(t, store)
	if len(states) != 1 || states[saga].Status != ends {
		t.Errorf("%d sagas, this one %s, want %s", len(states), states[saga].Status, ends)
	}
	enginetest.AllOrNothing(t, broker, states, orderSteps)
	return died
}

// awaitTold waits until a saga has told its caller the given end, for at most an hour on the bubble's clock.
func awaitTold(broker *enginetest.Participants, status domain.ReplyStatus) bool {
	for range 36_000 {
		for _, m := range broker.Told() {
			if m.Status == status {
				return true
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}

// TestStoreFailsNowAndThen lets every third append fail, without and with effect.
func TestStoreFailsNowAndThen(t *testing.T) {
	for _, fault := range []enginetest.Fault{enginetest.Fails, enginetest.Vanishes} {
		t.Run(fmt.Sprint("fault ", fault), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil, order(t, 1, nil), func(c *engine.Config) {
					c.Store.(*enginetest.Store).Plan = func(n int) enginetest.Fault {
						if n%3 == 0 {
							return fault
						}
						return enginetest.Works
					}
				})
				var current atomic.Pointer[engine.Engine]
				current.Store(w.Engine)
				for n := range 20 {
					startUntilTaken(t.Context(), &current, n)
				}
				enginetest.AwaitEnd(t, w.store)
				states := enginetest.Sagas(t, w.store)
				if len(states) != 20 {
					t.Errorf("%d sagas", len(states))
				}
				enginetest.AllOrNothing(t, w.broker, states, orderSteps)
			})
		})
	}
}

// TestBrokerIsAway: sagas are started while nothing can be published. The broker is probed, not besieged, and everything
// is sent when it is back.
func TestBrokerIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := &countingObserver{}
		patient := func(s *domain.StepBuilder) { s.AckTimeout(time.Hour).Timeout(24 * time.Hour) } // what is due is the sending alone
		w := newWorld(t, nil, order(t, 1, patient), func(c *engine.Config) { c.Observer = attempts })
		w.broker.SetDown(true)
		for n := range 500 {
			start(t, w.Engine, n)
		}
		time.Sleep(time.Minute) // on the bubble's clock
		if n := attempts.failed.Load(); n < 5 || n > 30 {
			t.Errorf("%d attempts to publish in a minute, want one every few seconds", n)
		}
		if reads := w.process.store.Reads(); reads > 600 {
			t.Errorf("%d histories were read while the broker was away", reads)
		}
		w.broker.SetDown(false)
		back := time.Now()
		enginetest.AwaitEnd(t, w.store)
		if took := time.Since(back); took > 7*time.Second {
			t.Errorf("it took %s from the broker's return to the end of the last saga", took)
		}
		states := enginetest.Sagas(t, w.store)
		enginetest.AllOrNothing(t, w.broker, states, orderSteps)
		starts := 0
		synctest.Wait()
		for _, m := range w.broker.Told() {
			if m.Status == domain.ReplyCompleted {
				starts++
			}
		}
		if starts != 500 {
			t.Errorf("%d of 500 callers were told the end", starts)
		}
	})
}

type countingObserver struct {
	engine.Silence
	failed      atomic.Int64
	redelivered atomic.Int64
	conflicts   atomic.Int64
}

func (o *countingObserver) Published(_ int, _ time.Duration, err error) {
	if err != nil {
		o.failed.Add(1)
	}
}
func (o *countingObserver) Redelivered(n int)         { o.redelivered.Add(int64(n)) }
func (o *countingObserver) Committed(c engine.Commit) { o.conflicts.Add(int64(c.Conflicts)) }

// TestBrokerLosesEverything: participants had begun, and the broker forgot all of it. RedeliverOpen brings every saga to
// its end long before anything times out.
func TestBrokerLosesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := func(c domain.Envelope, delivery int) enginetest.Answer {
			if c.EventType == "charge:do" && delivery == 1 {
				return enginetest.Answer{{Status: domain.ReplyStart}} // and then the broker is wiped
			}
			return enginetest.Completed
		}
		w := newWorld(t, script, order(t, 1, func(s *domain.StepBuilder) { s.Timeout(24 * time.Hour) }), nil)
		for n := range 600 {
			start(t, w.Engine, n)
		}
		synctest.Wait()
		began := time.Now()
		if err := w.RedeliverOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		enginetest.AwaitEnd(t, w.store)
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %s", took)
		}
		enginetest.AllOrNothing(t, w.broker, enginetest.Sagas(t, w.store), orderSteps)

		w.broker.SetDown(true)
		if err := w.RedeliverOpen(t.Context()); err != nil {
			t.Errorf("nothing is open, and yet: %v", err)
		}
	})
}

func TestRedeliverOpenSaysWhenItCannot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"reserve:do": enginetest.Silence}), order(t, 1, nil), nil)
		start(t, w.Engine, 1)
		w.broker.SetDown(true)
		if err := w.RedeliverOpen(t.Context()); !errors.Is(err, enginetest.ErrDown) {
			t.Errorf("got %v", err)
		}
	})
}

// TestLostCommandIsDeliveredAgain: a command that nobody begins is delivered again at its ack time and at doubling
// distances after that, with the same request id and without a new event.
func TestLostCommandIsDeliveredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Duration
		began := time.Now()
		script := func(c domain.Envelope, delivery int) enginetest.Answer {
			if c.EventType != "reserve:do" {
				return enginetest.Completed
			}
			times = append(times, time.Since(began).Round(time.Second))
			if delivery < 6 {
				return enginetest.Silence
			}
			return enginetest.Completed
		}
		w := newWorld(t, script, order(t, 1, func(s *domain.StepBuilder) { s.AckTimeout(10 * time.Second).Timeout(time.Hour) }), nil)
		id := start(t, w.Engine, 1).SagaID
		enginetest.AwaitEnd(t, w.store)
		if want := "[0s 10s 30s 1m10s 2m10s 3m10s]"; fmt.Sprint(times) != want {
			t.Errorf("delivered at %v, want %s", times, want)
		}
		if n := len(enginetest.Steps(t, w.store, id)); n != 11 {
			t.Errorf("%d events, want the 11 of a saga without trouble", n)
		}
	})
}

// TestRetryWhoseAppendVanishes: an alarm commands the next attempt, the append takes effect and its answer is lost. Nobody
// submits an alarm again, so the engine must find out by itself, sooner than by the command's ack timeout.
func TestRetryWhoseAppendVanishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jitter := 0.0
		policy := domain.RetryPolicy{Policy: domain.Linear, First: domain.Duration(3 * time.Second), Jitter: &jitter}
		attempts := 0
		w := newWorld(t, func(c domain.Envelope, _ int) enginetest.Answer {
			if attempts++; attempts == 1 {
				return enginetest.Failed
			}
			return enginetest.Completed
		}, order(t, 1, func(s *domain.StepBuilder) { s.Retry(policy).AckTimeout(time.Hour).Timeout(24 * time.Hour) }), func(c *engine.Config) {
			c.Store.(*enginetest.Store).Plan = enginetest.OnAppend(3, enginetest.Vanishes) // start, failed, and then the retry
		})
		began := time.Now()
		id := start(t, w.Engine, 1).SagaID
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, w.Engine, id); got != domain.Completed {
			t.Errorf("status %s", got)
		}
		if took := time.Since(began); took < 4*time.Second || took > 5*time.Second {
			t.Errorf("took %s, want the retry's 3s and a second until the engine looks", took)
		}
	})
}
