package skald

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/backend/runtime"
	"github.com/skald-go/skald/router/participant"
	"github.com/skald-go/skald/web"
	"github.com/skald-go/skald/web/api"
)

// Options says what a Runtime stands on. The zero Options keeps histories in the file skald.db of the working directory
// and carries messages within the process.
type Options struct {
	// Store is the URL of the event store: "sqlite:FILE", "postgres://…", or "memory:", which is forgotten with the
	// process. "" means "sqlite:skald.db".
	Store string
	// Broker is the URL of the broker: "inproc:" or "redis://…". "" means "inproc:".
	Broker string
	// Wait is how long Open waits for the servers of store and broker; 0 tries once.
	Wait time.Duration
	// Drain is how long work under way may take to finish when Run's context ends; 0 means 15s. What is cut short is
	// taken up by the next start.
	Drain time.Duration
	// Logger hears what happens; nil means silence.
	Logger *slog.Logger
}

// Runtime is Skald inside a program: it starts sagas, sends their commands, takes in the replies and keeps the history.
// Its methods may be called concurrently.
type Runtime struct {
	parts   *runtime.Runtime
	service *web.Service

	mu      sync.Mutex
	running bool
}

// Open connects to store and broker and brings the store's tables up to date. ctx bounds Open alone. Nothing runs
// before Run. The Runtime must be closed.
func Open(ctx context.Context, o Options) (*Runtime, error) {
	parts, err := runtime.Open(ctx, runtime.Config{
		Store:  cmp.Or(o.Store, "sqlite:skald.db"),
		Broker: cmp.Or(o.Broker, "inproc:"),
		Wait:   o.Wait,
		Drain:  o.Drain,
		Logger: o.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("open skald: %w", err)
	}
	service := &web.Service{Store: parts.Store, Views: parts.Projections, Engine: parts.Engine, Broker: parts.Broker, Publish: parts.Publish}
	return &Runtime{parts: parts, service: service}, nil
}

// Publish publishes definitions; their start streams are listened to from then on. A published version never changes:
// the same content again does nothing, another content is an error.
func (r *Runtime) Publish(ctx context.Context, definitions ...*Definition) error {
	for _, d := range definitions {
		if _, err := r.service.PutDefinition(ctx, d); err != nil {
			return fmt.Errorf("publish %s version %d: %w", d.Name, d.Version, err)
		}
	}
	return nil
}

// ErrRunning is returned by Handle and Run once Run has been called.
var ErrRunning = errors.New("skald runs already: call Handle before Run, and Run once")

// Handle adds participants that run in this process. It must be called before Run.
func (r *Runtime) Handle(handlers ...Handler) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running {
		return ErrRunning
	}
	r.parts.Handle(handlers...)
	return nil
}

// Run runs sagas until ctx ends; then participants at work may finish, within Options.Drain, and Run returns nil. An
// error means that a part of Skald ended by itself; the others have been stopped.
func (r *Runtime) Run(ctx context.Context) error {
	r.mu.Lock()
	running := r.running
	r.running = true
	r.mu.Unlock()
	if running {
		return ErrRunning
	}
	return r.parts.Run(ctx)
}

// Start begins a saga of the named definition with the given input, which must encode as a JSON object. When Start
// returns the saga is durable: it will end, whatever happens to this process. Run must be under way, or about to be.
func (r *Runtime) Start(ctx context.Context, definition string, input any, options ...StartOption) (Started, error) {
	encoded, err := json.Marshal(input)
	if err != nil {
		return Started{}, fmt.Errorf("start %s: the input cannot be written as JSON: %w", definition, err)
	}
	start := api.Start{Definition: definition, Input: encoded}
	for _, option := range options {
		option(&start)
	}
	started, err := r.service.Start(ctx, start)
	if err != nil {
		return Started{}, fmt.Errorf("start %s: %w", definition, err)
	}
	return started, nil
}

// StartOption changes a start.
type StartOption func(*api.Start)

// InConversation puts the saga into a conversation; without it the saga begins one of its own.
func InConversation(correlationID string) StartOption {
	return func(s *api.Start) { s.CorrelationID = correlationID }
}

// WithKey names the start: the same definition, conversation and key again start nothing and answer with the saga that
// was started.
func WithKey(key string) StartOption { return func(s *api.Start) { s.Key = key } }

// WithVersion starts that version of the definition instead of the newest.
func WithVersion(version int) StartOption { return func(s *api.Start) { s.Version = version } }

// Status is where a saga stands, folded from its history.
func (r *Runtime) Status(ctx context.Context, id SagaID) (Saga, error) {
	return r.service.Saga(ctx, id)
}

// Await returns once a saga has ended or is stuck. When ctx ends before, it is where the saga stands then, and ctx's
// error.
func (r *Runtime) Await(ctx context.Context, id SagaID) (Saga, error) {
	saga, err := r.service.Await(ctx, id)
	if err == nil && !saga.Settled() {
		err = context.Cause(ctx)
	}
	return saga, err
}

// Cancel turns a saga round: what was done is undone. It returns when that is recorded, together with who asked for it
// and why.
func (r *Runtime) Cancel(ctx context.Context, id SagaID, actor, reason string) error {
	return r.service.Cancel(ctx, id, api.Cancel{Actor: actor, Reason: reason})
}

// Operate does what a person asks of a saga: pause it, retry or skip a step, and so on. It returns when that is recorded,
// with the events that followed at once; with dryRun nothing happens, and the events are those that would follow.
func (r *Runtime) Operate(ctx context.Context, id SagaID, op Operation, dryRun bool) (Operated, error) {
	return r.service.Operate(ctx, id, op.Verb, api.Operation{Step: op.Step, Output: op.Output, Actor: op.Actor, Reason: op.Reason}, dryRun)
}

// Signal tells a saga something that one of its steps waits for, now or later. payload, nil or anything that encodes as a
// JSON object, becomes the step's output. A signal with a key that was used before changes nothing; "" is no key.
func (r *Runtime) Signal(ctx context.Context, id SagaID, name string, payload any, key string) error {
	signal := api.Signal{Key: key}
	if payload != nil {
		encoded, err := json.Marshal(payload)
		if err != nil {
			return fmt.Errorf("signal %s: the payload does not encode as JSON: %w", name, err)
		}
		signal.Payload = encoded
	}
	return r.service.Signal(ctx, id, name, signal)
}

// Recite tells, as text, everything that happened in a conversation.
func (r *Runtime) Recite(ctx context.Context, correlationID string) (string, error) {
	text, err := r.service.Recital(ctx, correlationID, api.RecitalQuery{})
	return string(text), err
}

// Close closes what Open opened. Run must have returned.
func (r *Runtime) Close() error { return r.parts.Close() }

// On makes a participant's handler of the commands with the given event type, such as "stock:reserve". They are read
// from "<domain>:commands", here "stock:commands", unless participant.Stream says otherwise. The command's payload
// (the saga's input, and under "results" the output of the steps before) is decoded into In; Out, which must encode as a
// JSON object, becomes the step's output. An error fails the attempt, which is then retried as the definition says;
// Permanent fails the step.
func On[In, Out any](eventType string, do func(ctx context.Context, in In, p Progress) (Out, error), options ...participant.Option) Handler {
	return participant.Handle(eventType, do, options...)
}

// Permanent marks an error that trying again will not mend.
func Permanent(err error) error { return participant.Permanent(err) }

// Define begins a definition; Build ends it.
func Define(name string) *domain.Builder { return domain.Define(name) }

// The words of this package that are defined elsewhere.
type (
	Definition = domain.Definition    // the recipe of a saga
	SagaID     = domain.SagaID        // names one saga
	Saga       = api.Saga             // where a saga stands
	Started    = api.Started          // the answer to a start
	Operation  = domain.Operation     // what a person asks of a saga
	Operated   = api.Operated         // the answer to an operation
	Handler    = participant.Handler  // handles the commands of one event type
	Progress   = participant.Progress // a handler's line to its saga
)
