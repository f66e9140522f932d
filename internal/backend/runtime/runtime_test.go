package runtime

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/router/participant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func define(t *testing.T, name, eventType string) *domain.Definition {
	t.Helper()
	d, err := domain.Define(name).Version(1).StartsOn("tea:commands", eventType).StartGroup("tea_group").
		Step("boil").Command("kettle:commands", "kettle:boil").Build()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func boil(context.Context, struct{}, participant.Progress) (struct{}, error) {
	return struct{}{}, nil
}

// running runs a runtime until the returned function is called, which also closes it.
func running(t *testing.T, r *Runtime) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := errors.Join(<-ended, r.Close()); err != nil {
			t.Error(err)
		}
	}
}

// awaitStatus waits until a saga has the status.
func awaitStatus(t *testing.T, r *Runtime, id domain.SagaID, want domain.Status) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	appended := r.Store.Appended(ctx)
	for {
		state, err := r.Engine.State(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if state.Status == want {
			return
		}
		select {
		case <-appended:
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("saga is %s, want %s", state.Status, want)
		}
	}
}

func TestWhatWasOpenGoesOnAfterARestart(t *testing.T) {
	config := Config{
		Store: "sqlite:" + filepath.Join(t.TempDir(), "skald.db"), Broker: "inproc:",
		Definitions: []*domain.Definition{define(t, "tea", "tea:start")},
	}
	first, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	stop := running(t, first) // nobody boils water
	started, err := first.Engine.Start(t.Context(), engine.StartRequest{Definition: "tea", CorrelationID: "c1"})
	if err != nil {
		t.Fatal(err)
	}
	stop()

	second, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	second.Handle(participant.Handle("kettle:boil", boil))
	begun := time.Now()
	stop = running(t, second)
	awaitStatus(t, second, started.SagaID, domain.Completed)
	if took := time.Since(begun); took > time.Duration(domain.DefaultAckTimeout) {
		t.Errorf("the command was sent again only when it was overdue, after %s", took)
	}
	stop()
}

func TestTheTablesAreCompleteAtRest(t *testing.T) {
	config := Config{
		Store: "sqlite:" + filepath.Join(t.TempDir(), "skald.db"), Broker: "inproc:",
		Definitions:  []*domain.Definition{define(t, "tea", "tea:start")},
		Participants: []participant.Handler{participant.Handle("kettle:boil", boil)},
	}
	r, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	started, err := r.Engine.Start(t.Context(), engine.StartRequest{Definition: "tea", CorrelationID: "c1"})
	if err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, r, started.SagaID, domain.Completed)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	row, err := r.Projections.Saga(t.Context(), started.SagaID)
	if err != nil || row.Status != domain.Completed {
		t.Errorf("row %+v, %v", row, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestADefinitionOfAnotherProcessIsListenedTo(t *testing.T) {
	r, err := Open(t.Context(), Config{Store: "memory:", Broker: "inproc:", Participants: []participant.Handler{participant.Handle("kettle:boil", boil)}})
	if err != nil {
		t.Fatal(err)
	}
	defer running(t, r)()
	d := define(t, "tea", "tea:start")
	err = r.Store.PutDefinition(t.Context(), eventstore.StoredDefinition{Ref: d.Ref(), Document: d.Canonical(), PublishedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	r.changed <- struct{}{} // it is time to look
	err = r.Broker.Publish(t.Context(), []domain.Envelope{{Stream: "tea:commands", EventType: "tea:start", CorrelationID: "c1", Timestamp: time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	appended := r.Store.Appended(ctx)
	for {
		heads, err := r.Store.SagasByCorrelation(ctx, "c1")
		if err != nil {
			t.Fatal(err)
		}
		if len(heads) == 1 {
			break
		}
		select {
		case <-appended:
		case <-ctx.Done():
			t.Fatal("nobody listens")
		}
	}
}

func TestDefinitionsThatCannotListenSideBySideAreRefused(t *testing.T) {
	r, err := Open(t.Context(), Config{Store: "memory:", Broker: "inproc:", Definitions: []*domain.Definition{define(t, "tea", "tea:start")}})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Publish(t.Context(), define(t, "coffee", "tea:start"))
	if refused := (*domain.RefusedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "coffee and tea both start on") {
		t.Errorf("publish: %v", err)
	}
	if _, err := r.Store.Definition(t.Context(), "coffee", 0); !errors.Is(err, eventstore.ErrNoDefinition) {
		t.Errorf("it was published all the same: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestAPartThatFailsStopsTheOthers(t *testing.T) {
	r, err := Open(t.Context(), Config{Store: "memory:", Broker: "inproc:"})
	if err != nil {
		t.Fatal(err)
	}
	r.Handle(participant.Handle("kettle:boil", boil), participant.Handle("kettle:boil", boil)) // twice: nobody could say which is meant
	err = r.Run(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "participants: ") {
		t.Errorf("run: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenClosesWhatItOpenedWhenItFails(t *testing.T) {
	_, err := Open(t.Context(), Config{Store: "sqlite:" + filepath.Join(t.TempDir(), "skald.db"), Broker: "redis://127.0.0.1:1"})
	if gone := (*backend.UnreachableError)(nil); !errors.As(err, &gone) {
		t.Errorf("open: %v", err)
	}
}
