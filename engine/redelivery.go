package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/telemetry"
)

// maxRedelivery is the longest distance between two deliveries of a command that nobody answers.
const maxRedelivery = time.Minute

// nextRedelivery is the first moment after the given one at which a command without any reply is due to be delivered
// again: at ackBy, then at doubling distances that begin with twice the step's ack timeout and end at maxRedelivery. It
// follows from the command alone, so a restart and other processes need no memory of past deliveries.
func nextRedelivery(ackBy time.Time, ackTimeout time.Duration, after time.Time) time.Time {
	due, distance := ackBy, min(max(2*ackTimeout, time.Millisecond), maxRedelivery)
	for !due.After(after) {
		if distance == maxRedelivery { // the distance is the same from here on: the rest is a division
			return due.Add((after.Sub(due)/distance + 1) * distance)
		}
		due = due.Add(distance)
		distance = min(2*distance, maxRedelivery)
	}
	return due
}

// eachUnanswered calls visit for every open command that has had no reply at all.
func eachUnanswered(state *domain.State, visit func(step string, command *domain.Command)) {
	for i := range state.Steps {
		for _, attempts := range [2]*domain.Attempts{&state.Steps[i].Action, &state.Steps[i].Undo} {
			if attempts.Command != nil && !attempts.Started {
				visit(state.Steps[i].Name, attempts.Command)
			}
		}
	}
}

func unansweredCommands(state *domain.State) (requestIDs []string) {
	eachUnanswered(state, func(_ string, c *domain.Command) { requestIDs = append(requestIDs, c.RequestID) })
	return requestIDs
}

// dueForRedelivery are the request ids of the commands to be delivered again at the given moment, when the last look was
// at after.
func dueForRedelivery(def *domain.Definition, state *domain.State, after, at time.Time) (requestIDs []string) {
	eachUnanswered(state, func(step string, c *domain.Command) {
		if !nextRedelivery(c.AckBy, ackTimeout(def, step), after).After(at) {
			requestIDs = append(requestIDs, c.RequestID)
		}
	})
	return requestIDs
}

// nextAlarm is when the saga must be looked at again if nothing arrives: State.NextDue with redeliveries that lie ahead.
// The zero time means never.
func nextAlarm(def *domain.Definition, state *domain.State, after time.Time) time.Time {
	var due time.Time
	earliest := func(t time.Time) {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	if state.Status.Terminal() || state.Halted() {
		return due
	}
	earliest(state.Deadline)
	for i := range state.Steps {
		for _, attempts := range [2]*domain.Attempts{&state.Steps[i].Action, &state.Steps[i].Undo} {
			earliest(attempts.Due)
			if attempts.Command != nil {
				earliest(attempts.Command.Deadline)
			}
		}
	}
	eachUnanswered(state, func(step string, c *domain.Command) {
		earliest(nextRedelivery(c.AckBy, ackTimeout(def, step), after))
	})
	return due
}

func ackTimeout(def *domain.Definition, step string) time.Duration {
	for i := range def.Steps {
		if def.Steps[i].Name == step {
			return time.Duration(def.Steps[i].AckTimeout)
		}
	}
	return time.Duration(domain.DefaultAckTimeout)
}

// redeliveryPage is how many sagas RedeliverOpen reads and publishes at a time.
const redeliveryPage = 256

// RedeliverOpen publishes every open command of every saga again, those that participants have begun included. It is for
// the moment after the broker lost what it held. It works page by page, one publish at a time, so its rate is the
// broker's own; it returns when all is published, and may be called again after an error. Paused sagas, and those that stand still, are left out. Sagas that move on meanwhile
// may be left out or be sent a command that has just been answered: both are harmless.
func (e *Engine) RedeliverOpen(ctx context.Context) error {
	for lane := range e.lanes {
		if err := e.redeliverLane(ctx, eventstore.Lane(lane)); err != nil {
			return fmt.Errorf("redeliver the open commands of lane %d: %w", lane, err)
		}
	}
	return nil
}

func (e *Engine) redeliverLane(ctx context.Context, lane eventstore.Lane) error {
	var after domain.SagaID
	for {
		heads, err := e.config.Store.OpenSagas(ctx, lane, after, redeliveryPage)
		if err != nil || len(heads) == 0 {
			return err
		}
		if err := e.redeliverSagas(ctx, lane, heads); err != nil {
			return err
		}
		after = heads[len(heads)-1].SagaID
	}
}

func (e *Engine) redeliverSagas(ctx context.Context, lane eventstore.Lane, heads []eventstore.SagaHead) error {
	ids := make([]domain.SagaID, len(heads))
	for i := range heads {
		ids[i] = heads[i].SagaID
	}
	histories, err := e.config.Store.ReadSagas(ctx, ids)
	if err != nil {
		return err
	}
	var commands []domain.Envelope
	for i, history := range histories {
		state, err := fold(ids[i], history)
		if err != nil {
			e.logSaga(heads[i].CorrelationID, ids[i]).ErrorContext(ctx, "open commands not redelivered: the history cannot be read", telemetry.FieldError, err)
			continue
		}
		if state.Halted() {
			continue // its commands are due again when it is resumed
		}
		for _, command := range state.OpenCommands(e.now()) {
			command.ReplyStream, command.TraceParent = ReplyStream(lane), history[0].Trace
			commands = append(commands, command)
		}
	}
	if len(commands) == 0 {
		return nil
	}
	if err := e.config.Publisher.Publish(ctx, commands); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	e.config.Observer.Redelivered(len(commands))
	return nil
}
