package participant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/middleware"
)

// clerk takes one command after the other to its handler and answers for it.
type clerk struct {
	desk   *desk
	broker router.Broker
	log    *slog.Logger
}

// handle handles one message. An error of it is about the message or the broker, never about the work: that is answered
// as failed.
func (c clerk) handle(m *message.Message) error {
	eventType := m.Metadata[domain.FieldEventType]
	h, ours := c.desk.handlers[eventType]
	if eventType != "" && !ours {
		return nil // another participant's; this group is done with it
	}
	command, err := router.EnvelopeOf(m)
	if err != nil {
		return middleware.Permanent(err)
	}
	if !ours {
		return middleware.Permanent(errors.New("the command has no event_type; send one, such as " + c.desk.eventTypes()[0]))
	}
	if command.Status != "" {
		return middleware.Permanent(fmt.Errorf("the entry has the status %q, so it is a reply; a command stream takes commands only", command.Status))
	}
	a := answerer{broker: c.broker, command: command, log: c.log}
	if err := a.start(m.Context()); err != nil {
		return middleware.Transient(err)
	}
	result, err := c.work(m.Context(), h, &a)
	if err != nil {
		c.report(m.Context(), h, command, err)
		return middleware.Transient(a.failed(m.Context(), err))
	}
	return middleware.Transient(a.completed(m.Context(), result))
}

// work calls the handler. A panic of it is an error like any other, with the stack in the log: the saga's history says
// what happened, and the next attempt may do better.
func (c clerk) work(ctx context.Context, h Handler, a *answerer) (result []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			c.log.ErrorContext(ctx, "handler panicked", telemetry.FieldEventType, h.EventType,
				telemetry.FieldError, fmt.Sprint(value), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", value)
		}
	}()
	if h.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.Timeout)
		defer cancel()
	}
	return h.call(ctx, a.command.Payload, progress{ctx: ctx, answerer: a})
}

func (c clerk) report(ctx context.Context, h Handler, command domain.Envelope, err error) {
	c.log.InfoContext(ctx, "command failed", telemetry.FieldEventType, h.EventType,
		telemetry.FieldRequestID, command.RequestID, telemetry.FieldError, err.Error(), "retryable", retryable(err))
	if h.OnError != nil {
		h.OnError(ctx, command, err)
	}
}
