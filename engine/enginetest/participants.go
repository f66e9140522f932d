package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
)

// Router is where participants send their replies: an *engine.Engine.
type Router interface {
	Reply(ctx context.Context, reply domain.Envelope, causationID string) error
}

// Answer is what a participant says to one delivery of a command; the zero Answer is silence. Each status is sent as a
// reply of its own, in order.
type Answer []domain.Envelope

// The usual answers.
var (
	Silence   = Answer{}
	Completed = Answer{{Status: domain.ReplyStart}, {Status: domain.ReplyCompleted, Payload: json.RawMessage(`{"ok":true}`)}}
	// Declined settles the step: it is not tried again.
	Declined = Answer{{Status: domain.ReplyStart}, {Status: domain.ReplyFailed, Payload: json.RawMessage(`{"error":"declined","retryable":false}`)}}
	// Failed asks to be tried again.
	Failed = Answer{{Status: domain.ReplyFailed, Payload: json.RawMessage(`{"error":"busy"}`)}}
)

// Participants are a broker and all the services behind it: an engine.Publisher that answers commands. What is published
// is worked on by its own goroutines, which submit each reply until it is taken or refused for good, as a broker does
// that redelivers what is not acknowledged. A completed command is an effect, done once for each idempotency key.
type Participants struct {
	script func(command domain.Envelope, delivery int) Answer
	queue  chan domain.Envelope
	ctx    context.Context
	work   sync.WaitGroup

	scripting sync.Mutex // held while script runs

	mu        sync.Mutex
	routers   []Router
	down      bool
	received  map[string]int // deliveries by request id
	effects   map[string]int // by idempotency key
	order     []string       // event types, in the order in which they were first completed
	told      []domain.Envelope
	refused   []error
	published int
	replies   int
}

// NewParticipants starts participants that answer as script says; nil completes everything. delivery counts from 1 how
// often the command with this request id has come; script is called once at a time. They work until ctx ends; Wait waits
// for them.
func NewParticipants(ctx context.Context, script func(command domain.Envelope, delivery int) Answer) *Participants {
	if script == nil {
		script = func(domain.Envelope, int) Answer { return Completed }
	}
	p := &Participants{
		script: script, ctx: ctx, queue: make(chan domain.Envelope, 1<<16),
		received: map[string]int{}, effects: map[string]int{},
	}
	for range 64 {
		p.work.Go(p.serve)
	}
	return p
}

// Script answers by event type; what is not listed is completed.
func Script(answers map[string]Answer) func(domain.Envelope, int) Answer {
	return func(command domain.Envelope, _ int) Answer {
		if answer, ok := answers[command.EventType]; ok {
			return answer
		}
		return Completed
	}
}

// Serve names the routers that take replies from now on; each reply goes to one of them at random.
func (p *Participants) Serve(routers ...Router) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routers = routers
}

// ErrDown is what Publish returns while the broker is down.
var ErrDown = errors.New("broker down")

// SetDown makes Publish fail, or work again.
func (p *Participants) SetDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Publish takes messages; see engine.Publisher.
func (p *Participants) Publish(ctx context.Context, messages []domain.Envelope) error {
	p.mu.Lock()
	down := p.down
	if !down {
		p.published += len(messages)
	}
	p.mu.Unlock()
	if down {
		return ErrDown
	}
	for _, m := range messages {
		if m.Status != "" {
			p.mu.Lock()
			p.told = append(p.told, m)
			p.mu.Unlock()
			continue
		}
		select {
		case p.queue <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Lose throws away every command that has been published and not been worked on: a broker that lost its memory.
func (p *Participants) Lose() (lost int) {
	for {
		select {
		case <-p.queue:
			lost++
		default:
			return lost
		}
	}
}

// Wait waits for the goroutines to end after ctx has.
func (p *Participants) Wait() { p.work.Wait() }

func (p *Participants) serve() {
	for {
		select {
		case command := <-p.queue:
			p.answer(command)
		case <-p.ctx.Done():
			return
		}
	}
}

func (p *Participants) answer(command domain.Envelope) {
	p.mu.Lock()
	p.received[command.RequestID]++
	delivery := p.received[command.RequestID]
	p.mu.Unlock()
	p.scripting.Lock()
	answer := p.script(command, delivery)
	p.scripting.Unlock()
	for _, reply := range answer {
		if reply.Status == domain.ReplyCompleted {
			p.effect(command)
		}
		reply.Stream = command.ReplyStream
		reply.CorrelationID, reply.SagaID, reply.EventType = command.CorrelationID, command.SagaID, command.EventType
		reply.RequestID, reply.TraceParent = command.RequestID, command.TraceParent
		p.deliver(reply)
	}
}

func (p *Participants) effect(command domain.Envelope) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.effects[command.IdempotencyKey] == 0 {
		p.order = append(p.order, command.EventType)
	}
	p.effects[command.IdempotencyKey]++
}

// deliver submits a reply until it is taken, or refused for good.
func (p *Participants) deliver(reply domain.Envelope) {
	p.mu.Lock()
	p.replies++
	entry := fmt.Sprintf("%s/%d", reply.Stream, p.replies)
	p.mu.Unlock()
	for {
		router := p.router()
		if router != nil {
			err := router.Reply(p.ctx, reply, entry)
			var refused *domain.RefusedError
			switch {
			case err == nil || p.ctx.Err() != nil:
				return
			case errors.As(err, &refused) || errors.Is(err, engine.ErrNoSaga):
				p.mu.Lock()
				p.refused = append(p.refused, err)
				p.mu.Unlock()
				return
			}
		}
		pause := time.NewTimer(10 * time.Millisecond)
		select {
		case <-pause.C:
		case <-p.ctx.Done():
			pause.Stop()
			return
		}
	}
}

func (p *Participants) router() Router {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.routers) == 0 {
		return nil
	}
	return p.routers[rand.IntN(len(p.routers))]
}

// Order lists the event types of the effects, in the order in which they were done first.
func (p *Participants) Order() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.order)
}

// Effects counts, for each idempotency key, how often its command was completed.
func (p *Participants) Effects() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.effects)
}

// Deliveries counts, for each request id, how often its command was received.
func (p *Participants) Deliveries() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.received)
}

// Told lists what sagas told their callers.
func (p *Participants) Told() []domain.Envelope {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.told)
}

// Refused lists the permanent errors that replies met.
func (p *Participants) Refused() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// Published counts the messages that were published.
func (p *Participants) Published() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.published
}
