package engine_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
	"github.com/skald-go/skald/eventstore"
)

func TestSagaCompletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), nil)
		started := start(t, w.Engine, 1)
		enginetest.AwaitEnd(t, w.store)

		if got := status(t, w.Engine, started.SagaID); got != domain.Completed {
			t.Errorf("status %s", got)
		}
		want := []string{"reserve:do", "charge:do", "ship:do"}
		if got := w.broker.Order(); !slices.Equal(got, want) {
			t.Errorf("effects %v, want %v", got, want)
		}
		synctest.Wait()
		var told []string
		for _, m := range w.broker.Told() {
			told = append(told, string(m.Status))
		}
		if want := []string{"start", "progress", "progress", "progress", "completed"}; !slices.Equal(told, want) {
			t.Errorf("the caller was told %v, want %v", told, want)
		}
		enginetest.Sagas(t, w.store)
	})
}

func TestStartSaysWhereItCanBeSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"reserve:do": enginetest.Silence}), order(t, 1, nil), nil)
		first := start(t, w.Engine, 1)
		again := start(t, w.Engine, 1)

		records, err := w.store.ReadLane(t.Context(), first.Lane, 0, 100)
		if err != nil || len(records) != 2 {
			t.Fatalf("lane %d has %d records, %v; want SagaStarted, StepCommanded", first.Lane, len(records), err)
		}
		if first.Existed || first.Offset != 2 {
			t.Errorf("first start: %+v", first)
		}
		if !again.Existed || again.Offset != 2 || again.SagaID != first.SagaID {
			t.Errorf("second start: %+v", again)
		}
		if records[0].CausationID != "entry-1" || records[1].CausationID != "entry-1" {
			t.Errorf("causation ids %q, %q", records[0].CausationID, records[1].CausationID)
		}
	})
}

func TestSagaIsCompensatedInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"ship:do": enginetest.Declined}), order(t, 1, nil), nil)
		started := start(t, w.Engine, 1)
		enginetest.AwaitEnd(t, w.store)

		if got := status(t, w.Engine, started.SagaID); got != domain.Compensated {
			t.Errorf("status %s", got)
		}
		want := []string{"reserve:do", "charge:do", "charge:undo", "reserve:undo"}
		if got := w.broker.Order(); !slices.Equal(got, want) {
			t.Errorf("effects %v, want %v", got, want)
		}
	})
}

func TestCancelTurnsTheSagaRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"charge:do": enginetest.Silence}),
			order(t, 1, func(s *domain.StepBuilder) {
				s.Timeout(time.Minute).Retry(domain.RetryPolicy{Policy: domain.FailAtOnce})
			}), nil)
		started := start(t, w.Engine, 1)
		synctest.Wait()
		if err := w.Cancel(t.Context(), started.SagaID, "ana", "changed her mind"); err != nil {
			t.Fatal(err)
		}
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, w.Engine, started.SagaID); got != domain.Cancelled {
			t.Errorf("status %s", got)
		}
		wantRefused(t, w.Cancel(t.Context(), started.SagaID, "ana", "again"))
	})
}

func TestRetryWaitsForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jitter := 0.0
		policy := domain.RetryPolicy{Policy: domain.Linear, First: domain.Duration(7 * time.Second), Attempts: 3, Jitter: &jitter}
		attempts := map[string]bool{}
		w := newWorld(t, func(c domain.Envelope, _ int) enginetest.Answer {
			if c.EventType != "reserve:do" {
				return enginetest.Completed
			}
			attempts[c.RequestID] = true
			if len(attempts) < 3 {
				return enginetest.Failed
			}
			return enginetest.Completed
		}, order(t, 1, func(s *domain.StepBuilder) { s.Retry(policy) }), nil)
		began := time.Now()
		started := start(t, w.Engine, 1)
		enginetest.AwaitEnd(t, w.store)

		if got := status(t, w.Engine, started.SagaID); got != domain.Completed || len(attempts) != 3 {
			t.Errorf("status %s after %d attempts", got, len(attempts))
		}
		if took := time.Since(began); took < 21*time.Second || took > 22*time.Second {
			t.Errorf("took %s, want 7s + 14s of waiting", took)
		}
	})
}

func TestRepliesThatMakeNoSenseAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, enginetest.Script(map[string]enginetest.Answer{"reserve:do": enginetest.Silence}), order(t, 1, nil), nil)
		started := start(t, w.Engine, 1)
		reply := domain.Envelope{
			CorrelationID: "c-1", SagaID: started.SagaID.String(), EventType: "reserve:do", Status: domain.ReplyCompleted,
		}
		strange := reply
		strange.CorrelationID = "other"
		wantRefused(t, w.Reply(t.Context(), strange, "e1"))
		strange = reply
		strange.SagaID = "no-uuid"
		wantRefused(t, w.Reply(t.Context(), strange, "e2"))
		strange = reply
		strange.RequestID = "00000000000000000000000000000000"
		wantRefused(t, w.Reply(t.Context(), strange, "e3"))
		strange = reply
		strange.SagaID = domain.SagaIDFromKey("order", "nobody", "c-1").String()
		wantIs(t, w.Reply(t.Context(), strange, "e4"), engine.ErrNoSaga)

		if err := w.Reply(t.Context(), reply, "e5"); err != nil {
			t.Errorf("a good reply after the bad ones: %v", err)
		}
	})
}

func TestStartsThatMakeNoSenseAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), nil)
		try := func(change func(*engine.StartRequest)) error {
			request := startRequest(1)
			change(&request)
			_, err := w.Start(t.Context(), request)
			return err
		}
		wantRefused(t, try(func(r *engine.StartRequest) { r.CorrelationID = "" }))
		for _, input := range []string{`[1]`, `{"a":`, `"text"`, `{"results":{}}`} {
			wantRefused(t, try(func(r *engine.StartRequest) { r.Input = []byte(input) }))
		}
		wantRefused(t, try(func(r *engine.StartRequest) { r.SagaID = domain.SagaIDFromKey("x", "y", "another conversation") }))
		unknown := try(func(r *engine.StartRequest) { r.Definition = "nobody" })
		wantRefused(t, unknown)
		wantIs(t, unknown, eventstore.ErrNoDefinition)
		if states := enginetest.Sagas(t, w.store); len(states) != 0 {
			t.Errorf("%d sagas were started", len(states))
		}
	})
}

func TestStartOfAnExistingSagaWithAnotherDefinitionIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), nil)
		other, err := domain.Define("other").Version(1).Step("one").Command("one:commands", "one:do").Build()
		if err != nil {
			t.Fatal(err)
		}
		publish(t, w.process, other)
		request := startRequest(1)
		request.SagaID = domain.SagaIDFromKey("mine", "1", "c-1")
		if _, err := w.Start(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		foreign := request
		foreign.Definition = "other"
		_, err = w.Start(t.Context(), foreign)
		wantRefused(t, err)

		// The newest version has changed since the start was first delivered: it still means the same saga.
		publish(t, w.process, order(t, 2, nil))
		again, err := w.Start(t.Context(), request)
		if err != nil || !again.Existed {
			t.Errorf("the same start after a new version: %+v, %v", again, err)
		}
		exact := request
		exact.Version = 2
		_, err = w.Start(t.Context(), exact)
		wantRefused(t, err)
	})
}

func TestNewestDefinitionIsUsedOnceItIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), nil)
		elsewhere := run(t, w.store, w.broker, nil)
		start(t, w.Engine, 1)
		publish(t, elsewhere, order(t, 2, nil))
		time.Sleep(time.Second) // on the bubble's clock: as long as the answer "version 1" is believed
		id := start(t, w.Engine, 2).SagaID
		state, err := w.State(t.Context(), id)
		if err != nil || state.Definition.Version != 2 {
			t.Errorf("definition %+v, %v", state.Definition, err)
		}
		wantIs(t, w.PublishDefinition(t.Context(), order(t, 1, prompt)), eventstore.ErrDefinitionChanged)
	})
}

func TestStateOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, order(t, 1, nil), nil)
		_, err := w.State(context.Background(), domain.SagaIDFromKey("a", "b", "c"))
		wantIs(t, err, engine.ErrNoSaga)
	})
}
