package library

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/redis/internal/server"
	"github.com/skald-go/skald/router/supervise"
	"github.com/skald-go/skald/router/wire"
)

// subscription is one Subscribe: one or more consumers of the library, whose messages it forwards to one channel.
type subscription struct {
	transport *Transport
	source    server.Source
	out       chan *message.Message
	links     []*link

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

func (t *Transport) subscribe(ctx context.Context, at server.Source, inFlight int) (*subscription, error) {
	s := &subscription{transport: t, source: at, out: make(chan *message.Message), finished: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.handling, s.giveUp = context.WithCancel(context.WithoutCancel(ctx))
	feeds, err := t.newFeeds(s, inFlight)
	if err == nil {
		for _, f := range feeds {
			s.links = append(s.links, f.link)
		}
		if t.subscriptions.Add(s) {
			go s.run(feeds)
			return s, nil
		}
		err = server.ErrClosed
	}
	s.cancel()
	s.giveUp()
	t.endFeeds(feeds)
	return nil, fmt.Errorf("subscribe to %s as %s: %w", at.Stream, at.Group, err)
}

// newFeeds starts n consumers; with an error it returns those that started before.
func (t *Transport) newFeeds(s *subscription, n int) (feeds []*feed, err error) {
	for range n {
		f, err := t.newFeed(s)
		if err != nil {
			return feeds, err
		}
		feeds = append(feeds, f)
	}
	return feeds, nil
}

// newFeed starts a consumer of the library. What it does on the server must outlive every handler's work.
func (t *Transport) newFeed(s *subscription) (*feed, error) {
	at := s.source
	consumer, number := t.server.Consumers.Take(at)
	f := &feed{number: number, link: t.newLink(at, consumer)}
	f.link.wanted = s.ctx
	library, err := redisstream.NewSubscriber(redisstream.SubscriberConfig{
		Client:          f.link,
		Unmarshaller:    unmarshaller{},
		Consumer:        consumer,
		ConsumerGroup:   at.Group,
		NackResendSleep: t.options.RedeliverAfter,
		BlockTime:       blockTime,
		ClaimInterval:   time.Second,
		ClaimBatchSize:  1000,
		MaxIdleTime:     t.options.TakeOver,
		ConsumerTimeout: server.ConsumerTimeout,
		OldestId:        "0",
		// The first read would wait for ever otherwise, and outlive the subscription.
		DisableIndefiniteInitialBlock: true,
	}, supervise.LoggerOf(t.server.Log))
	if err != nil {
		t.endFeed(f)
		return nil, err
	}
	f.library = library
	ctx, cancel := context.WithCancel(s.handling)
	f.cancel = cancel
	if f.messages, err = library.Subscribe(ctx, at.Stream); err != nil {
		t.endFeed(f)
		return nil, err
	}
	return f, nil
}

func (t *Transport) newLink(at server.Source, consumer string) *link {
	return &link{
		UniversalClient: t.server.Client,
		server:          t.server,
		reads:           t.server.NewReader(blockTime),
		source:          at,
		consumer:        consumer,
		takeOver:        t.options.TakeOver,
		leases:          newLeases(),
		inherited:       map[string]bool{},
		delivered:       map[string]int{},
	}
}

// endFeed stops a consumer, whatever became of it, and lets others have what it leaves.
func (t *Transport) endFeed(f *feed) {
	if f.cancel != nil {
		f.cancel()
	}
	if f.library != nil {
		_ = f.library.Close() // of a link, whose Close does nothing
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := t.server.Release(ctx, f.link.source, f.link.consumer, t.options.TakeOver); err != nil {
		t.server.Log.Debug("entries in flight were not released; others take them over later",
			telemetry.FieldStream, f.link.source.Stream, telemetry.FieldError, err.Error())
	}
	_ = f.link.reads.Close()
	t.server.Consumers.Release(f.link.source, f.number)
}

// endFeeds ends consumers side by side, since each may have to wait for a read to return.
func (t *Transport) endFeeds(feeds []*feed) {
	var ending sync.WaitGroup
	for _, f := range feeds {
		ending.Go(func() { t.endFeed(f) })
	}
	ending.Wait()
}

// run forwards until ctx ends or a consumer dies, then drains.
func (s *subscription) run(feeds []*feed) {
	defer close(s.finished)
	defer s.transport.subscriptions.Remove(s)
	defer close(s.out)
	defer s.giveUp()
	defer s.cancel()

	drained := context.AfterFunc(s.ctx, func() {
		timer := time.NewTimer(s.transport.options.DrainTimeout)
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
	s.transport.endFeeds(feeds)
}

// Messages implements server.Subscription.
func (s *subscription) Messages() <-chan *message.Message { return s.out }

// Cancel implements server.Subscription.
func (s *subscription) Cancel() { s.cancel() }

// Finished implements server.Subscription.
func (s *subscription) Finished() <-chan struct{} { return s.finished }

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
