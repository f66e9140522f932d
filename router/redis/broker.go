package redis

import (
	"context"
	"errors"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/router"
)

// Broker is a router.Broker on Redis Streams.
type Broker struct {
	options  Options
	client   *redis.Client  // for everything but waiting reads
	settings *redis.Options // to make clients for those
	outage   *outage
	beat     *beat

	background sync.WaitGroup
	stop       context.CancelFunc // of what runs in the background

	mu            sync.Mutex
	subscriptions map[*subscription]struct{}
	numbers       map[source]numbering
	closing       bool
	closed        bool
}

// source is a group of a stream.
type source struct{ stream, group string }

var _ router.Broker = (*Broker)(nil)

func newBroker(ctx context.Context, client *redis.Client, settings *redis.Options, options Options) (*Broker, error) {
	b := &Broker{
		options:       options,
		client:        client,
		settings:      settings,
		outage:        &outage{log: options.Logger},
		subscriptions: map[*subscription]struct{}{},
		numbers:       map[source]numbering{},
	}
	b.beat = newBeat(client, b.outage, options.Logger)
	if _, err := b.beat.once(ctx); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.background.Go(func() { b.beat.run(background) })
	b.background.Go(func() { b.renewLeases(background) })
	return b, nil
}

// Subscriber implements router.Broker.
func (b *Broker) Subscriber(group string, options ...router.SubscriberOption) (message.Subscriber, error) {
	if group == "" {
		return nil, errors.New("a subscriber needs the name of its consumer group")
	}
	inFlight := router.ApplySubscriberOptions(options).InFlight
	inFlight = min(max(inFlight, 1), b.options.MaxInFlight)
	return &subscriber{broker: b, group: group, inFlight: inFlight}, nil
}

// Lost implements router.Broker. One value stands for any number of losses that were not received yet.
func (b *Broker) Lost() <-chan struct{} { return b.beat.lost }

// Ping implements router.Broker.
func (b *Broker) Ping(ctx context.Context) error { return b.client.Ping(ctx).Err() }

// Close implements router.Broker. While it waits, handlers may still publish.
func (b *Broker) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closing = true
	open := make([]*subscription, 0, len(b.subscriptions))
	for s := range b.subscriptions {
		open = append(open, s)
	}
	b.mu.Unlock()

	end(open)
	b.stop()
	b.background.Wait()

	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	return b.client.Close()
}
