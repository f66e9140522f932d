package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/wire"
)

// DefaultMaxDeliveries is how often a message that fails for no known reason is delivered before it is set aside.
const DefaultMaxDeliveries = 5

// Sink takes messages that are set aside.
type Sink interface {
	// DeadLetter keeps the letter; one with the same ID that it holds already stays as it is. It returns when the
	// letter is safe: the message is acknowledged on its word.
	DeadLetter(ctx context.Context, letter eventstore.DeadLetter) error
}

// DeadLetter sets a message aside, and acknowledges it, when its handler failed with a permanent error, or with one of
// unknown kind at its last delivery. Transient errors pass through: they say nothing about the message.
type DeadLetter struct {
	Sink Sink
	// MaxDeliveries is the last delivery for errors of unknown kind; 0 means DefaultMaxDeliveries.
	MaxDeliveries int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger tells about each letter; nil means silence.
	Logger *slog.Logger
}

// Middleware implements message.HandlerMiddleware. When the sink fails the message is rejected, to come again.
func (d DeadLetter) Middleware(next message.HandlerFunc) message.HandlerFunc {
	if d.MaxDeliveries <= 0 {
		d.MaxDeliveries = DefaultMaxDeliveries
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return func(m *message.Message) ([]*message.Message, error) {
		produced, err := next(m)
		reason, hopeless := d.judge(m, err)
		if !hopeless {
			return produced, err
		}
		return nil, d.setAside(m, reason, err)
	}
}

// judge tells whether the message is to be set aside, and why.
func (d DeadLetter) judge(m *message.Message, err error) (reason string, hopeless bool) {
	switch deliveries := wire.OriginOf(m).Deliveries; {
	case err == nil || IsTransient(err) && !IsPermanent(err):
		return "", false
	case IsPermanent(err):
		return err.Error(), true
	case deliveries >= d.MaxDeliveries:
		return fmt.Sprintf("given up after %d deliveries: %v", deliveries, err), true
	default:
		return "", false
	}
}

func (d DeadLetter) setAside(m *message.Message, reason string, cause error) error {
	letter := wire.LetterOf(m, reason, d.Now())
	if err := d.Sink.DeadLetter(m.Context(), letter); err != nil {
		return Transient(fmt.Errorf("dead letter %s could not be kept (%w); its reason: %s", letter.ID, err, reason))
	}
	attrs := []any{
		telemetry.FieldStream, letter.Stream, telemetry.FieldEntryID, letter.EntryID,
		telemetry.FieldEventType, letter.EventType, telemetry.FieldError, reason, "dead_letter_id", letter.ID,
	}
	if panicked := (*PanicError)(nil); errors.As(cause, &panicked) {
		attrs = append(attrs, "stack", panicked.Stack)
	}
	d.Logger.WarnContext(m.Context(), "message set aside", attrs...)
	return nil
}
