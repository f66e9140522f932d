package redis

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/supervise"
	"github.com/skald-go/skald/router/wire"
)

// subscription is one Subscribe: one or more consumers of the library, whose messages it forwards to one channel.
type subscription struct {
	broker *Broker
	source source
	out    chan *message.Message
	links  []*link

	ctx      context.Context
	cancel   context.CancelFunc // no new deliveries from here on
	handling context.Context    // of the messages; outlives ctx by the drain time at most
	giveUp   context.CancelFunc
	finished chan struct{} // closed when out is closed and the consumers are gone
}

// feed is one consumer of the library at work.
type feed struct {
	link     *link
	number   int // of the consumer
	library  *redisstream.Subscriber
	messages <-chan *message.Message
	cancel   context.CancelFunc // ends the library's reading
}

func (b *Broker) subscribe(ctx context.Context, at source, inFlight int) (*subscription, error) {
	s := &subscription{broker: b, source: at, out: make(chan *message.Message), finished: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.handling, s.giveUp = context.WithCancel(context.WithoutCancel(ctx))
	feeds, err := b.newFeeds(s, inFlight)
	if err == nil {
		for _, f := range feeds {
			s.links = append(s.links, f.link)
		}
		if b.register(s) {
			go s.run(feeds)
			return s, nil
		}
		err = ErrClosed
	}
	s.cancel()
	s.giveUp()
	b.endFeeds(feeds)
	return nil, fmt.Errorf("subscribe to %s as %s: %w", at.stream, at.group, err)
}

// newFeeds starts n consumers; with an error it returns those that started before.
func (b *Broker) newFeeds(s *subscription, n int) (feeds []*feed, err error) {
	for range n {
		f, err := b.newFeed(s)
		if err != nil {
			return feeds, err
		}
		feeds = append(feeds, f)
	}
	return feeds, nil
}

// register makes the subscription known to Close; false when that has begun.
func (b *Broker) register(s *subscription) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing {
		return false
	}
	b.subscriptions[s] = struct{}{}
	return true
}

// newFeed starts a consumer of the library. What it does on the server must outlive every handler's work.
func (b *Broker) newFeed(s *subscription) (*feed, error) {
	at := s.source
	consumer, number := b.takeConsumer(at)
	f := &feed{number: number, link: b.newLink(at, consumer)}
	f.link.wanted = s.ctx
	library, err := redisstream.NewSubscriber(redisstream.SubscriberConfig{
		Client:          f.link,
		Unmarshaller:    unmarshaller{},
		Consumer:        consumer,
		ConsumerGroup:   at.group,
		NackResendSleep: b.options.RedeliverAfter,
		BlockTime:       blockTime,
		ClaimInterval:   time.Second,
		ClaimBatchSize:  1000,
		MaxIdleTime:     b.options.TakeOver,
		ConsumerTimeout: consumerTimeout,
		OldestId:        "0",
		// The first read would wait for ever otherwise, and outlive the subscription.
		DisableIndefiniteInitialBlock: true,
	}, supervise.LoggerOf(b.options.Logger))
	if err != nil {
		b.endFeed(f)
		return nil, err
	}
	f.library = library
	ctx, cancel := context.WithCancel(s.handling)
	f.cancel = cancel
	if f.messages, err = library.Subscribe(ctx, at.stream); err != nil {
		b.endFeed(f)
		return nil, err
	}
	return f, nil
}

func (b *Broker) newLink(at source, consumer string) *link {
	settings := *b.settings
	settings.PoolSize, settings.MinIdleConns = 1, 0
	settings.MaxRetries = -1 // a read that was answered and not received must not be sent again at once
	return &link{
		UniversalClient: b.client,
		shared:          b.client,
		reads:           redis.NewClient(&settings),
		source:          at,
		consumer:        consumer,
		options:         &b.options,
		outage:          b.outage,
		log:             b.options.Logger,
		leases:          newLeases(),
		inherited:       map[string]bool{},
		delivered:       map[string]int{},
	}
}

// endFeed stops a consumer, whatever became of it, and lets others have what it leaves.
func (b *Broker) endFeed(f *feed) {
	if f.cancel != nil {
		f.cancel()
	}
	if f.library != nil {
		_ = f.library.Close() // of a link, whose Close does nothing
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := f.link.release(ctx); err != nil {
		b.options.Logger.Debug("entries in flight were not released; others take them over later",
			telemetry.FieldStream, f.link.source.stream, telemetry.FieldError, err.Error())
	}
	_ = f.link.reads.Close()
	b.releaseConsumer(f.link.source, f.number)
}

// endFeeds ends consumers side by side, since each may have to wait for a read to return.
func (b *Broker) endFeeds(feeds []*feed) {
	var ending sync.WaitGroup
	for _, f := range feeds {
		ending.Go(func() { b.endFeed(f) })
	}
	ending.Wait()
}

// run forwards until ctx ends or a consumer dies, then drains.
func (s *subscription) run(feeds []*feed) {
	defer close(s.finished)
	defer s.unregister()
	defer close(s.out)
	defer s.giveUp()
	defer s.cancel()

	drained := context.AfterFunc(s.ctx, func() {
		timer := time.NewTimer(s.broker.options.DrainTimeout)
		defer timer.Stop()
		select {
		case <-timer.C:
			s.giveUp()
		case <-s.handling.Done():
		}
	})
	defer drained()

	var forwarding sync.WaitGroup
	for _, f := range feeds {
		forwarding.Go(func() {
			s.forward(f)
			s.cancel() // one consumer less would go unnoticed: the subscription ends as a whole
		})
	}
	forwarding.Wait()
	s.broker.endFeeds(feeds)
}

func (s *subscription) unregister() {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	delete(s.broker.subscriptions, s)
}

// forward takes one message after the other from the library. It returns when nothing of it is in flight any more.
func (s *subscription) forward(f *feed) {
	rejected := "" // the entry that will come again
	for {
		select {
		case m, open := <-f.messages:
			if !open {
				return
			}
			origin := wire.OriginOf(m)
			if origin.EntryID == rejected {
				origin.Deliveries++
				wire.SetOrigin(m, origin)
			}
			rejected = ""
			switch s.deliver(f, m, origin.EntryID) {
			case acknowledged:
			case nacked:
				rejected = origin.EntryID
			case undelivered:
				return
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// verdict is what became of a delivery.
type verdict int

const (
	undelivered  verdict = iota // the subscription ended first
	acknowledged                // and the server knows
	nacked
)

func (s *subscription) deliver(f *feed, m *message.Message, id string) verdict {
	if s.ctx.Err() != nil {
		return undelivered // select below would choose at random
	}
	ctx, cancel := context.WithCancel(s.handling)
	defer cancel()
	m.SetContext(ctx)
	select {
	case s.out <- m:
	case <-s.ctx.Done():
		return undelivered
	}
	select {
	case <-m.Acked():
		if !f.link.leases.awaitGivenUp(s.handling, id) {
			return undelivered
		}
		return acknowledged
	case <-m.Nacked():
		return nacked
	case <-s.handling.Done():
		return undelivered
	}
}
