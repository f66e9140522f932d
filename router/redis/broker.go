package redis

import (
	"context"
	"errors"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/redis/internal/server"
	"github.com/skald-go/skald/router/redis/library"
	"github.com/skald-go/skald/router/redis/streams"
)

// ErrClosed is returned by calls on a broker, publisher or subscriber that was closed.
var ErrClosed = server.ErrClosed

// transport reads streams for a broker.
type transport interface {
	Subscriber(group string, options router.SubscriberOptions) message.Subscriber
	// Close ends all subscriptions as their own Close does; no new one begins.
	Close()
}

// Broker is a router.Broker on Redis Streams.
type Broker struct {
	client    *redis.Client
	transport transport
	parcels   *server.Gatherer[*parcel]
	beat      *beat

	beating sync.WaitGroup
	stop    context.CancelFunc // of the beat

	mu     sync.Mutex
	closed bool
}

var _ router.Broker = (*Broker)(nil)

func newBroker(ctx context.Context, client *redis.Client, settings *redis.Options, options Options) (*Broker, error) {
	s := server.New(client, settings, options.Consumer, options.Logger)
	b := &Broker{client: client, beat: newBeat(client, s.Outage, options.Logger)}
	b.parcels = server.NewGatherer(b.ship)
	if _, err := b.beat.once(ctx); err != nil {
		return nil, err
	}
	b.transport = newTransport(s, options)
	beating, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.beating.Go(func() { b.beat.run(beating) })
	return b, nil
}

func newTransport(s *server.Server, options Options) transport {
	if options.Transport == TransportLibrary {
		return library.New(s, library.Options{
			TakeOver:       options.TakeOver,
			RedeliverAfter: options.RedeliverAfter,
			DrainTimeout:   options.DrainTimeout,
			MaxInFlight:    options.MaxInFlight,
		})
	}
	return streams.New(s, streams.Options{
		TakeOver:       options.TakeOver,
		RedeliverAfter: options.RedeliverAfter,
		DrainTimeout:   options.DrainTimeout,
		InFlight:       options.InFlight,
		TrimEvery:      options.TrimEvery,
	})
}

// Subscriber implements router.Broker.
func (b *Broker) Subscriber(group string, options ...router.SubscriberOption) (message.Subscriber, error) {
	if group == "" {
		return nil, errors.New("a subscriber needs the name of its consumer group")
	}
	return b.transport.Subscriber(group, router.ApplySubscriberOptions(options)), nil
}

// Lost implements router.Broker. One value stands for any number of losses that were not received yet.
func (b *Broker) Lost() <-chan struct{} { return b.beat.lost }

// Ping implements router.Broker.
func (b *Broker) Ping(ctx context.Context) error { return b.client.Ping(ctx).Err() }

// Close implements router.Broker. While it waits, handlers may still publish.
func (b *Broker) Close() error {
	b.transport.Close()
	b.stop()
	b.beating.Wait()

	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	b.parcels.Wait()
	return b.client.Close()
}
