package router

import (
	"context"
	"fmt"
	"slices"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/router/wire"
)

// DeadStream is the stream of dead letters. Participants write theirs to it; routers keep what arrives there in the
// store and write their own, so that whoever reads the stream sees all of them.
const DeadStream = wire.DeadStream

// LetterStore keeps dead letters until a person decides about them; an eventstore.Store is one.
type LetterStore interface {
	// PutDeadLetter keeps a letter; one with the same ID that is there already stays as it is.
	PutDeadLetter(ctx context.Context, letter eventstore.DeadLetter) error
}

// StreamSink writes dead letters to DeadStream: the participant's sink.
type StreamSink struct{ Broker Broker }

// DeadLetter implements middleware.Sink.
func (s StreamSink) DeadLetter(ctx context.Context, letter eventstore.DeadLetter) error {
	m := wire.MessageOfLetter(letter)
	m.SetContext(ctx)
	if err := s.Broker.Publisher().Publish(DeadStream, m); err != nil {
		return fmt.Errorf("publish dead letter %s: %w", letter.ID, err)
	}
	return nil
}

// StoreSink keeps dead letters in the store: the sink of the handler that reads DeadStream.
type StoreSink struct{ Store LetterStore }

// DeadLetter implements middleware.Sink.
func (s StoreSink) DeadLetter(ctx context.Context, letter eventstore.DeadLetter) error {
	return s.Store.PutDeadLetter(ctx, letter)
}

// bothSinks keeps a letter in the store, where it must be, and then tells the stream.
type bothSinks struct {
	store  StoreSink
	stream StreamSink
}

func (s bothSinks) DeadLetter(ctx context.Context, letter eventstore.DeadLetter) error {
	if err := s.store.DeadLetter(ctx, letter); err != nil {
		return err
	}
	return s.stream.DeadLetter(ctx, letter)
}

// namedStart are the letter's fields; a start without a name of its own gets the letter's, since a new entry is a new start
// to the router: requeued twice, it still starts one saga.
func namedStart(letter eventstore.DeadLetter) []domain.Field {
	for _, f := range letter.Fields {
		if f.Name == domain.FieldSagaID || f.Name == domain.FieldIdempotencyKey {
			return letter.Fields
		}
	}
	return append(slices.Clone(letter.Fields), domain.Field{Name: domain.FieldIdempotencyKey, Value: "dead letter " + letter.ID})
}

// Requeue publishes the letter's entry as it was to the stream it came from. All groups of that stream see it; those
// that handled it before recognise it, by request id and idempotency key, or, in a start, by its idempotency key. The
// caller records what was done with the letter (eventstore.DeadLetterStore.ResolveDeadLetter).
func Requeue(ctx context.Context, broker Broker, letter eventstore.DeadLetter) error {
	if letter.Stream == "" || len(letter.Fields) == 0 {
		return fmt.Errorf("dead letter %s names no stream or no fields to send there; discard it", letter.ID)
	}
	m := wire.FromFields(namedStart(letter))
	m.SetContext(ctx)
	if err := broker.Publisher().Publish(letter.Stream, m); err != nil {
		return fmt.Errorf("requeue dead letter %s to %s: %w", letter.ID, letter.Stream, err)
	}
	return nil
}
