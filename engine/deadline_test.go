package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine/enginetest"
)

// timed is the order definition with an hour's deadline; its steps may take a day.
func timed(t *testing.T, then domain.DeadlineRule) *domain.Definition {
	t.Helper()
	def := *order(t, 1, func(s *domain.StepBuilder) { s.Timeout(24 * time.Hour) })
	def.Deadline = &domain.Deadline{After: domain.Duration(time.Hour), Then: then}
	return &def
}

// The deadline passes while nobody runs: the next process turns the saga round at once.
func TestADeadlineOutlivesTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c domain.Envelope, delivery int) enginetest.Answer {
			if c.EventType == "charge:do" && delivery == 1 {
				return enginetest.Silence
			}
			return enginetest.Completed
		}, timed(t, domain.ThenCompensate), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour) // on the bubble's clock
		next := run(t, w.store, w.broker, nil)
		w.broker.Serve(next)
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, next.Engine, id); got != domain.Compensated {
			t.Errorf("status %s", got)
		}
		enginetest.Sagas(t, w.store)
	})
}

func TestASagaStandsStillAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"charge:do": {{Status: domain.ReplyStart}}}), timed(t, domain.ThenStuck), nil)
		began := time.Now()
		id := start(t, w.Engine, 1).SagaID
		time.Sleep(48 * time.Hour)
		state, err := w.State(t.Context(), id)
		if err != nil || state.Status != domain.Stuck || !state.UpdatedAt.Equal(began.Add(time.Hour).UTC().Truncate(time.Microsecond)) {
			t.Errorf("state %+v, %v", state, err)
		}
		operate(t, w.Engine, id, operation(domain.VerbCancel, ""))
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, w.Engine, id); got != domain.Cancelled {
			t.Errorf("status %s", got)
		}
	})
}
