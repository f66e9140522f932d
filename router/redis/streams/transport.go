package streams

import (
	"context"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/redis/internal/server"
)

// Transport makes the subscribers of a broker.
type Transport struct {
	server        *server.Server
	options       Options
	subscriptions server.Subscriptions[*subscription]
	words         *server.Gatherer[word]

	// renewing is held while leases are renewed, so that a subscription that leaves can be sure that none of its own is.
	renewing sync.Mutex

	background sync.WaitGroup
	ctx        context.Context // of what runs in the background
	stop       context.CancelFunc
}

// New makes a transport; it must be closed.
func New(s *server.Server, options Options) *Transport {
	t := &Transport{server: s, options: options}
	t.words = server.NewGatherer(t.tell)
	t.ctx, t.stop = context.WithCancel(context.Background())
	t.every(options.TakeOver/3, t.renewLeases)
	t.every(server.ConsumerTimeout/2, t.forgetConsumers)
	if options.TrimEvery > 0 {
		t.every(options.TrimEvery, t.trim)
	}
	return t
}

// every does something in the background, again and again, until Close.
func (t *Transport) every(interval time.Duration, do func()) {
	t.background.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				do()
			case <-t.ctx.Done():
				return
			}
		}
	})
}

// Subscriber makes a subscriber of a group.
func (t *Transport) Subscriber(group string, options router.SubscriberOptions) message.Subscriber {
	if options.InFlight <= 0 {
		options.InFlight = t.options.InFlight
	}
	return server.NewSubscriber(t.server, group, func(ctx context.Context, at server.Source) (*subscription, error) {
		return t.subscribe(ctx, at, options)
	})
}

// Close ends all subscriptions as their own Close does, and then what runs in the background.
func (t *Transport) Close() {
	t.subscriptions.Close()
	t.stop()
	t.background.Wait()
	t.words.Wait()
}
