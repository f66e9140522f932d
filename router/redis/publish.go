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

// parcel is what one caller publishes. Parcels of different callers share round trips.
type parcel struct {
	entries []redis.Cmder
	shipped chan error // one value, when the server has taken all of them or refused some
}

// Publish implements router.Broker. All messages go in one round trip, which other callers' messages share.
func (b *Broker) Publish(ctx context.Context, messages []domain.Envelope) error {
	if len(messages) == 0 {
		return nil
	}
	entries := make([]redis.Cmder, len(messages))
	for i := range messages {
		entries[i] = entryOf(messages[i].Stream, messages[i].Fields())
	}
	if err := b.send(ctx, entries); err != nil {
		return fmt.Errorf("publish %d messages to redis: %w", len(messages), err)
	}
	return nil
}

// entryOf appends to a stream. Fields go in their order, which lets Redis pack entries of the same shape. They are
// pointed to: a string in an interface would be copied to the heap.
func entryOf(stream string, fields []domain.Field) redis.Cmder {
	args := make([]any, 0, 3+2*len(fields))
	args = append(args, "XADD", stream, "*")
	for i := range fields {
		args = append(args, &fields[i].Name, &fields[i].Value)
	}
	return redis.NewStringCmd(context.Background(), args...)
}

// send hands entries over and waits for them. When ctx ends first they may be sent nevertheless.
func (b *Broker) send(ctx context.Context, entries []redis.Cmder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &parcel{entries: entries, shipped: make(chan error, 1)}
	b.parcels.Add(p)
	select {
	case err := <-p.shipped:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shipSize bounds how many entries share a round trip, so that the first callers need not wait for the last.
const shipSize = 1024

// ship sends parcels, as many in a round trip as fit.
func (b *Broker) ship(parcels []*parcel) {
	for len(parcels) > 0 {
		n, size := 1, len(parcels[0].entries)
		for n < len(parcels) && size+len(parcels[n].entries) <= shipSize {
			size += len(parcels[n].entries)
			n++
		}
		b.shipTogether(parcels[:n])
		parcels = parcels[n:]
	}
}

func (b *Broker) shipTogether(parcels []*parcel) {
	ctx := context.Background() // the callers' contexts end their waiting, not each other's sending
	pipe := b.client.Pipeline()
	for _, p := range parcels {
		for _, e := range p.entries {
			_ = pipe.Process(ctx, e)
		}
	}
	_, _ = pipe.Exec(ctx)
	for _, p := range parcels {
		p.shipped <- p.err()
	}
}

// err is the first entry's that was not taken.
func (p *parcel) err() error {
	for _, e := range p.entries {
		if err := e.Err(); err != nil {
			return err
		}
	}
	return nil
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
	entries := make([]redis.Cmder, len(messages))
	for i, m := range messages {
		fields := wire.Fields(m)
		if len(fields) == 0 {
			return fmt.Errorf("publish to %s: message %s has no fields; Redis keeps no empty entries", stream, m.UUID)
		}
		entries[i] = entryOf(stream, fields)
	}
	if err := p.broker.send(messages[0].Context(), entries); err != nil {
		return fmt.Errorf("publish %d messages to %s: %w", len(messages), stream, err)
	}
	return nil
}

func (p *publisher) Close() error {
	p.closed.Store(true)
	return nil
}
