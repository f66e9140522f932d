package redis

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/wire"
)

// Publish implements router.Broker: all messages go in one round trip.
func (b *Broker) Publish(ctx context.Context, messages []domain.Envelope) error {
	if len(messages) == 0 {
		return nil
	}
	_, err := b.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range messages {
			add(ctx, p, messages[i].Stream, messages[i].Fields())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish %d messages to redis: %w", len(messages), err)
	}
	return nil
}

// add appends an entry. Fields go in their order, which lets Redis pack entries of the same shape.
func add(ctx context.Context, p redis.Pipeliner, stream string, fields []domain.Field) {
	values := make([]string, 0, 2*len(fields))
	for _, f := range fields {
		values = append(values, f.Name, f.Value)
	}
	p.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: values})
}

// Publisher implements router.Broker.
func (b *Broker) Publisher() message.Publisher { return &publisher{broker: b} }

// publisher is the broker behind message.Publisher. It is not the library's: that one takes a round trip for each
// message, writes fields in random order, and closes the client it was given.
type publisher struct {
	broker *Broker
	closed atomic.Bool
}

// Publish sends messages to a stream in one round trip, under the first message's context.
func (p *publisher) Publish(stream string, messages ...*message.Message) error {
	if p.closed.Load() {
		return ErrClosed
	}
	if len(messages) == 0 {
		return nil
	}
	ctx := messages[0].Context()
	_, err := p.broker.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, m := range messages {
			fields := wire.Fields(m)
			if len(fields) == 0 {
				return fmt.Errorf("message %s has no fields; Redis keeps no empty entries", m.UUID)
			}
			add(ctx, pipe, stream, fields)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish %d messages to %s: %w", len(messages), stream, err)
	}
	return nil
}

func (p *publisher) Close() error {
	p.closed.Store(true)
	return nil
}
