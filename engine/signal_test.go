package engine_test

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
)

// waiting is called order like the others, and waits an hour and then for a word.
func waiting(t *testing.T) *domain.Definition {
	t.Helper()
	def, err := domain.Define("order").Version(1).
		Step("reserve").Command("reserve:commands", "reserve:do").Compensate("reserve:commands", "reserve:undo").
		Step("nap").Sleep(time.Hour).
		Step("word").WaitFor("approved", time.Hour).
		Step("ship").Command("ship:commands", "ship:do").
		Build()
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// A saga sleeps through a restart, and takes a signal that came while it slept.
func TestASagaSleepsAndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, waiting(t), nil)
		id := start(t, w.Engine, 1).SagaID
		synctest.Wait()
		signal := domain.Signal{Name: "approved", Payload: json.RawMessage(`{"by":"olga"}`), Key: "k"}
		for range 2 {
			if err := w.Signal(t.Context(), id, signal); err != nil {
				t.Fatal(err)
			}
		}
		wantRefused(t, w.Signal(t.Context(), id, domain.Signal{Name: "denied"}))
		wantIs(t, w.Signal(t.Context(), domain.SagaIDFromKey("order", "no", "body"), signal), engine.ErrNoSaga)
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour) // on the bubble's clock
		next := run(t, w.store, w.broker, nil)
		w.broker.Serve(next)
		enginetest.AwaitEnd(t, w.store)
		want := []string{"SignalReceived", "StepCompleted nap", "SignalAwaited word", "StepCompleted word", "StepCommanded ship"}
		steps := enginetest.Steps(t, w.store, id)
		if at := slices.Index(steps, want[0]); at < 0 || !slices.Equal(steps[at:at+len(want)], want) {
			t.Errorf("history %v", steps)
		}
		enginetest.Sagas(t, w.store)
	})
}

func TestAWaitForASignalEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, waiting(t), nil)
		began := time.Now()
		id := start(t, w.Engine, 1).SagaID
		enginetest.AwaitEnd(t, w.store)
		if got := status(t, w.Engine, id); got != domain.Compensated {
			t.Errorf("status %s", got)
		}
		if took := time.Since(began); took < 2*time.Hour || took > 2*time.Hour+time.Minute {
			t.Errorf("took %s, want an hour of sleep and an hour of waiting", took)
		}
	})
}
