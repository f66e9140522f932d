package skald_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/skald-go/skald"
	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open runs a Runtime in memory with the given handlers for the time of the test.
func open(t *testing.T, handlers ...skald.Handler) *skald.Runtime {
	t.Helper()
	rt, err := skald.Open(t.Context(), skald.Options{Store: "memory:"})
	if err != nil {
		t.Fatal(err)
	}
	if err := rt.Handle(handlers...); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- rt.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, rt.Close()); err != nil {
			t.Error(err)
		}
	})
	return rt
}

func oneStep(t *testing.T) *skald.Definition {
	t.Helper()
	d, err := skald.Define("greet").Version(1).StartsOn("greet:commands", "greet:start").
		Step("hello").Command("hello:commands", "hello:say").Build()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func hello(context.Context, struct{}, skald.Progress) (struct{}, error) { return struct{}{}, nil }

func TestAKeyStartsOneSaga(t *testing.T) {
	rt := open(t, skald.On("hello:say", hello))
	if err := rt.Publish(t.Context(), oneStep(t)); err != nil {
		t.Fatal(err)
	}
	first, err := rt.Start(t.Context(), "greet", struct{}{}, skald.InConversation("c1"), skald.WithKey("k"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := rt.Start(t.Context(), "greet", struct{}{}, skald.InConversation("c1"), skald.WithKey("k"), skald.WithVersion(1))
	if err != nil {
		t.Fatal(err)
	}
	if first.Existed || !second.Existed || first.SagaID != second.SagaID {
		t.Errorf("first %+v, second %+v", first, second)
	}
	saga, err := rt.Await(t.Context(), first.SagaID)
	if err != nil || saga.Status != domain.Completed {
		t.Errorf("saga %+v, %v", saga, err)
	}
	if text, err := rt.Recite(t.Context(), "c1"); err != nil || !strings.Contains(text, "hello") {
		t.Errorf("recital %q, %v", text, err)
	}
}

func TestAwaitReturnsWhereTheSagaStandsWhenTimeIsUp(t *testing.T) {
	rt := open(t) // nobody handles hello:say
	if err := rt.Publish(t.Context(), oneStep(t)); err != nil {
		t.Fatal(err)
	}
	started, err := rt.Start(t.Context(), "greet", struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	saga, err := rt.Await(ctx, started.SagaID)
	if !errors.Is(err, context.DeadlineExceeded) || saga.Status != domain.Running {
		t.Errorf("saga %+v, %v", saga, err)
	}
	skip := skald.Operation{Verb: domain.VerbSkip, Step: "hello", Actor: "tester", Reason: "nobody listens"}
	if preview, err := rt.Operate(t.Context(), started.SagaID, skip, true); err != nil || !preview.DryRun || len(preview.Events) != 3 {
		t.Errorf("preview: %+v, %v", preview, err)
	}
	if err := rt.Cancel(t.Context(), started.SagaID, "tester", "enough"); err != nil {
		t.Errorf("cancel: %v", err)
	}
}

func TestSignal(t *testing.T) {
	rt := open(t)
	d, err := skald.Define("ask").Version(1).Step("word").WaitFor("word", time.Hour).Build()
	if err != nil {
		t.Fatal(err)
	}
	if err := rt.Publish(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	started, err := rt.Start(t.Context(), "ask", struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	if err := rt.Signal(t.Context(), started.SagaID, "word", func() {}, ""); err == nil {
		t.Error("a payload that is no JSON is accepted")
	}
	if err := rt.Signal(t.Context(), started.SagaID, "word", map[string]bool{"yes": true}, "k"); err != nil {
		t.Error(err)
	}
	saga, err := rt.Await(t.Context(), started.SagaID)
	if err != nil || saga.Status != domain.Completed || string(saga.Steps[0].Output) != `{"yes":true}` {
		t.Errorf("saga %+v, %v", saga, err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	rt := open(t)
	_, err := rt.Start(t.Context(), "nowhere", struct{}{})
	if problem := (*api.Problem)(nil); !errors.As(err, &problem) || problem.Kind != api.NotFound || problem.ToDo == "" {
		t.Errorf("start of an unknown definition: %v", err)
	}
	if _, err := rt.Start(t.Context(), "nowhere", func() {}); err == nil {
		t.Error("an input that is no JSON is accepted")
	}
	if _, err := skald.Open(t.Context(), skald.Options{Store: "mysql://h"}); err == nil || !strings.Contains(err.Error(), "use sqlite:FILE") {
		t.Errorf("open: %v", err)
	}
}

func TestHandleAndRunComeInThatOrder(t *testing.T) {
	rt, err := skald.Open(t.Context(), skald.Options{Store: "memory:"})
	if err != nil {
		t.Fatal(err)
	}
	ended, stop := context.WithCancel(context.Background())
	stop()
	if err := rt.Run(ended); err != nil {
		t.Errorf("a run that is stopped at once: %v", err)
	}
	if err := rt.Handle(); !errors.Is(err, skald.ErrRunning) {
		t.Errorf("handle after run: %v", err)
	}
	if err := rt.Run(ended); !errors.Is(err, skald.ErrRunning) {
		t.Errorf("second run: %v", err)
	}
	if err := rt.Close(); err != nil {
		t.Error(err)
	}
}
