package engine_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine/enginetest"
	"github.com/skald-go/skald/eventstore/memory"
)

// TestTimeoutSurvivesARestart: the process that sent the command is gone when its deadline comes.
func TestTimeoutSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := enginetest.Script(map[string]enginetest.Answer{"charge:do": {{Status: domain.ReplyStart}}})
		twice := domain.RetryPolicy{Policy: domain.Linear, First: domain.Duration(time.Second), Attempts: 2}
		w := newWorld(t, silent, order(t, 1, func(s *domain.StepBuilder) { s.Timeout(10 * time.Second).Retry(twice) }), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // on the bubble's clock

		next := run(t, w.store, w.broker, nil)
		w.broker.Serve(next)
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, next.Engine, id); got != domain.Compensated {
			t.Errorf("status %s", got)
		}
		want := []string{
			"StepTimedOut charge", "RetryScheduled charge", "StepCommanded charge", "StepStarted charge", "StepTimedOut charge",
			"SagaCompensating",
		}
		steps := enginetest.Steps(t, w.store, id)
		at := slices.Index(steps, want[0])
		if at < 0 || !slices.Equal(steps[at:at+len(want)], want) {
			t.Errorf("history %v", steps)
		}
	})
}

// TestAnotherProcessTakesOver: the process that handled the saga dies, and one that never saw it lives.
func TestAnotherProcessTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, broker := memory.New(0), newBroker(t, func(c domain.Envelope, delivery int) enginetest.Answer {
			if delivery == 1 && c.EventType == "reserve:do" {
				return enginetest.Silence
			}
			return enginetest.Completed
		})
		first, second := run(t, store, broker, nil), run(t, store, broker, nil)
		publish(t, first, order(t, 1, nil))
		broker.Serve(second)
		time.Sleep(time.Minute) // the first scans, which know no grace, are over
		start(t, first.Engine, 1)
		first.store.Kill()
		began := time.Now()
		enginetest.AwaitEnd(t, store)
		ack := time.Duration(domain.DefaultAckTimeout)
		if took := time.Since(began); took < ack || took > ack+10*time.Second {
			t.Errorf("took %s, want the ack timeout of %s, the grace and at most one scan", took, ack)
		}
	})
}

// TestOwnerIsLeftInPeace: what one process has in hand, another that lives beside it does not touch.
func TestOwnerIsLeftInPeace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jitter := 0.0
		policy := domain.RetryPolicy{Policy: domain.Linear, First: domain.Duration(9 * time.Second), Attempts: 5, Jitter: &jitter}
		attempts := map[string]int{} // by saga
		w := newWorld(t, func(c domain.Envelope, _ int) enginetest.Answer {
			if c.EventType == "reserve:do" {
				if attempts[c.SagaID]++; attempts[c.SagaID] < 5 {
					return enginetest.Failed
				}
			}
			return enginetest.Completed
		}, order(t, 1, func(s *domain.StepBuilder) { s.Retry(policy) }), nil)
		beside := run(t, w.store, w.broker, nil)
		for n := range 200 {
			start(t, w.Engine, n)
		}
		enginetest.AwaitEnd(t, w.store)
		if n := beside.store.Appends(); n != 0 {
			t.Errorf("the process beside appended %d times", n)
		}
	})
}

// TestStuckSagaIsLeftToAPerson: a saga that waits for a person is not looked at over and over again.
func TestStuckSagaIsLeftToAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := map[string]enginetest.Answer{"ship:do": enginetest.Declined, "charge:undo": enginetest.Declined}
		w := newWorld(t, enginetest.Script(answers), order(t, 1, nil), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		if got := status(t, w.Engine, id); got != domain.Stuck {
			t.Fatalf("status %s", got)
		}
		before := w.process.store.Reads()
		time.Sleep(time.Hour) // on the bubble's clock
		if reads := w.process.store.Reads() - before; reads > 60 {
			t.Errorf("its history was read %d times in an hour", reads)
		}
	})
}
