package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/engine/enginetest"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/memory"
)

var orderSteps = []string{"reserve", "charge", "ship"}

// order is a definition of three steps; adjust may change each.
func order(t testing.TB, version int, adjust func(*domain.StepBuilder)) *domain.Definition {
	t.Helper()
	builder := domain.Define("order").Version(version)
	for _, step := range orderSteps {
		s := builder.Step(step).Command(step+":commands", step+":do").Compensate(step+":commands", step+":undo")
		if adjust != nil {
			adjust(s)
		}
	}
	def, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// process is one running engine.
type process struct {
	*engine.Engine
	store *enginetest.Store
	end   func() error // asks it to stop and waits
}

// run starts a process on a store, which may be shared, with the participants as its broker.
func run(t testing.TB, store eventstore.Store, broker *enginetest.Participants, adjust func(*engine.Config)) *process {
	t.Helper()
	seen := enginetest.NewStore(store, nil)
	config := engine.Config{Store: seen, Publisher: enginetest.Publisher{Process: seen, Broker: broker}}
	if adjust != nil {
		adjust(&config)
	}
	e, err := engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- e.Run(ctx) }()
	ended := false
	p := &process{Engine: e, store: seen, end: func() error {
		if ended {
			return nil
		}
		ended = true
		cancel()
		return <-result
	}}
	t.Cleanup(func() { _ = p.end() })
	return p
}

// world is a store, participants and one process, with the order definition published.
type world struct {
	*process
	store  *memory.Store
	broker *enginetest.Participants
}

func newWorld(t testing.TB, script func(domain.Envelope, int) enginetest.Answer, def *domain.Definition, adjust func(*engine.Config)) *world {
	t.Helper()
	store, broker := memory.New(0), newBroker(t, script)
	p := run(t, store, broker, adjust)
	broker.Serve(p)
	publish(t, p, def)
	return &world{p, store, broker}
}

// newBroker starts participants that are waited for at the end of the test.
func newBroker(t testing.TB, script func(domain.Envelope, int) enginetest.Answer) *enginetest.Participants {
	ctx, cancel := context.WithCancel(context.Background())
	broker := enginetest.NewParticipants(ctx, script)
	t.Cleanup(func() { cancel(); broker.Wait() })
	return broker
}

func publish(t testing.TB, p *process, def *domain.Definition) {
	t.Helper()
	if err := p.PublishDefinition(context.Background(), def); err != nil {
		t.Fatal(err)
	}
}

func start(t testing.TB, e *engine.Engine, n int) engine.StartResult {
	t.Helper()
	result, err := e.Start(context.Background(), startRequest(n))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func startRequest(n int) engine.StartRequest {
	return engine.StartRequest{
		Definition: "order", Key: fmt.Sprint("key-", n), CorrelationID: fmt.Sprint("c-", n),
		Input: json.RawMessage(`{"item":"book"}`), ReplyStream: "order:replies", EventType: "order:start", CausationID: fmt.Sprint("entry-", n),
	}
}

func status(t testing.TB, e *engine.Engine, id domain.SagaID) domain.Status {
	t.Helper()
	state, err := e.State(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return state.Status
}

// prompt has lost commands delivered again soon, for tests on the real clock.
func prompt(s *domain.StepBuilder) { s.AckTimeout(500 * time.Millisecond) }
