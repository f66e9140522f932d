package library

import (
	"context"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/redis/internal/server"
)

// Options are those of the broker that this transport heeds; all must be set.
type Options struct {
	TakeOver       time.Duration
	RedeliverAfter time.Duration
	DrainTimeout   time.Duration
	// MaxInFlight bounds what a subscriber may ask for; each one costs a connection.
	MaxInFlight int
}

// Transport makes the subscribers of a broker.
type Transport struct {
	server        *server.Server
	options       Options
	subscriptions server.Subscriptions[*subscription]

	background sync.WaitGroup
	stop       context.CancelFunc // of what runs in the background
}

// New makes a transport; it must be closed.
func New(s *server.Server, options Options) *Transport {
	t := &Transport{server: s, options: options}
	background, stop := context.WithCancel(context.Background())
	t.stop = stop
	t.background.Go(func() { t.renewLeases(background) })
	return t
}

// Subscriber makes a subscriber, of one message at a time unless it asks for more.
func (t *Transport) Subscriber(group string, options router.SubscriberOptions) message.Subscriber {
	inFlight := min(max(options.InFlight, 1), t.options.MaxInFlight)
	return server.NewSubscriber(t.server, group, func(ctx context.Context, at server.Source) (*subscription, error) {
		return t.subscribe(ctx, at, inFlight)
	})
}

// Close ends all subscriptions as their own Close does, and then what runs in the background.
func (t *Transport) Close() {
	t.subscriptions.Close()
	t.stop()
	t.background.Wait()
}
