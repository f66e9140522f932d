package engine_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/domaintest"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
)

func operation(verb domain.Verb, step string) domain.Operation {
	return domain.Operation{Verb: verb, Step: step, Actor: "olga", Reason: "she says so"}
}

func operate(t *testing.T, e *engine.Engine, id domain.SagaID, op domain.Operation) []string {
	t.Helper()
	events, err := e.Operate(t.Context(), id, op, false)
	if err != nil {
		t.Fatalf("%s: %v", op.Verb, err)
	}
	return domaintest.Lines(events)
}

func TestAPausedSagaSendsNothingUntilItIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c domain.Envelope, delivery int) enginetest.Answer {
			if c.EventType == "charge:do" && delivery == 1 {
				return enginetest.Silence
			}
			return enginetest.Completed
		}, order(t, 1, func(s *domain.StepBuilder) { s.Timeout(24 * time.Hour) }), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		operate(t, w.Engine, id, operation(domain.VerbPause, ""))
		published := w.broker.Published()
		time.Sleep(time.Hour) // on the bubble's clock: far beyond the time for redelivery
		if err := w.RedeliverOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now := w.broker.Published(); now != published {
			t.Errorf("%d messages were published while the saga was paused", now-published)
		}
		operate(t, w.Engine, id, operation(domain.VerbResume, ""))
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, w.Engine, id); got != domain.Completed {
			t.Errorf("status %s", got)
		}
		enginetest.Sagas(t, w.store)
	})
}

func TestAPauseOutlivesTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"charge:do": {{Status: domain.ReplyStart}}}),
			order(t, 1, func(s *domain.StepBuilder) { s.Retry(domain.RetryPolicy{Policy: domain.FailAtOnce}) }), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		operate(t, w.Engine, id, operation(domain.VerbPause, ""))
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		next := run(t, w.store, w.broker, nil)
		w.broker.Serve(next)
		time.Sleep(time.Hour)
		if got := status(t, next.Engine, id); got != domain.Running {
			t.Errorf("a paused saga is %s", got)
		}
		followed := operate(t, next.Engine, id, operation(domain.VerbResume, ""))
		if !slices.Contains(followed, "StepTimedOut charge#1") {
			t.Errorf("resumed after its deadline: %v", followed)
		}
		enginetest.AwaitEnd(t, w.store)
	})
}

func TestAPreviewTellsWhatFollowsAndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"charge:do": enginetest.Silence}), order(t, 1, nil), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		op := operation(domain.VerbSkip, "charge")
		before := enginetest.Steps(t, w.store, id)
		events, err := w.Operate(t.Context(), id, op, true)
		if err != nil {
			t.Fatal(err)
		}
		if after := enginetest.Steps(t, w.store, id); !slices.Equal(before, after) {
			t.Errorf("the preview left %v", after)
		}
		preview := domaintest.Lines(events)
		if followed := operate(t, w.Engine, id, op); !slices.Equal(preview, followed) {
			t.Errorf("previewed %v, followed %v", preview, followed)
		}
		enginetest.AwaitEnd(t, w.store)

		for _, dry := range []bool{true, false} {
			_, err := w.Operate(t.Context(), id, op, dry)
			wantRefused(t, err)
			_, err = w.Operate(t.Context(), domain.SagaIDFromKey("order", "no", "body"), op, dry)
			wantIs(t, err, engine.ErrNoSaga)
		}
	})
}

func TestAStuckSagaIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		w := newWorld(t, func(c domain.Envelope, _ int) enginetest.Answer {
			if c.EventType == "ship:do" || c.EventType == "reserve:undo" && broken {
				return enginetest.Declined
			}
			return enginetest.Completed
		}, order(t, 1, nil), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		if got := status(t, w.Engine, id); got != domain.Stuck {
			t.Fatalf("status %s", got)
		}
		broken = false
		want := []string{"OperatorActed retry reserve by olga: she says so", "CompensationCommanded reserve#2"}
		if followed := operate(t, w.Engine, id, operation(domain.VerbRetry, "")); !slices.EqualFunc(followed, want, strings.HasPrefix) {
			t.Errorf("followed %v", followed)
		}
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, w.Engine, id); got != domain.Compensated {
			t.Errorf("status %s", got)
		}
	})
}
