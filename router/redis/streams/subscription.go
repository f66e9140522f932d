package streams

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/redis/internal/server"
	"github.com/skald-go/skald/router/wire"
)

// subscription is one Subscribe: a consumer of its group, with a connection of its own for reading.
type subscription struct {
	transport  *Transport
	source     server.Source
	consumer   string
	number     int // of the consumer
	keeps      bool
	connection *server.Reader
	window     *window
	out        chan *message.Message

	ctx      context.Context
	cancel   context.CancelFunc // no new deliveries from here on
	handling context.Context    // of the messages; outlives ctx by the drain time at most
	giveUp   context.CancelFunc
	inFlight sync.WaitGroup
	finished chan struct{} // closed when out is closed and the consumer gone
}

func (t *Transport) subscribe(ctx context.Context, at server.Source, options router.SubscriberOptions) (*subscription, error) {
	if _, err := t.server.MakeGroup(ctx, at); err != nil {
		return nil, fmt.Errorf("subscribe to %s as %s: %w", at.Stream, at.Group, err)
	}
	s := &subscription{
		transport: t, source: at, keeps: options.Keep,
		window:   newWindow(options.InFlight),
		out:      make(chan *message.Message),
		finished: make(chan struct{}),
	}
	s.consumer, s.number = t.server.Consumers.Take(at)
	s.connection = t.server.NewReader(longestBlock)
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.handling, s.giveUp = context.WithCancel(context.WithoutCancel(ctx))
	if !t.subscriptions.Add(s) {
		s.cancel()
		s.giveUp()
		s.disconnect()
		return nil, fmt.Errorf("subscribe to %s as %s: %w", at.Stream, at.Group, server.ErrClosed)
	}
	go s.run()
	return s, nil
}

func (s *subscription) disconnect() {
	_ = s.connection.Close()
	s.server().Consumers.Release(s.source, s.number)
}

// Messages implements server.Subscription.
func (s *subscription) Messages() <-chan *message.Message { return s.out }

// Cancel implements server.Subscription.
func (s *subscription) Cancel() { s.cancel() }

// Finished implements server.Subscription.
func (s *subscription) Finished() <-chan struct{} { return s.finished }

func (s *subscription) server() *server.Server { return s.transport.server }

func (s *subscription) run() {
	defer close(s.finished)
	defer s.transport.subscriptions.Remove(s)
	defer s.cancel()
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		s.read()
	}()
	s.deliverAll()
	s.server().Interrupt(s.connection, returned)
	s.drain()
	close(s.out)
	s.leave()
}

// deliverAll delivers until ctx ends.
func (s *subscription) deliverAll() {
	for s.ctx.Err() == nil {
		if e := s.window.take(); e != nil {
			s.deliver(e)
			continue
		}
		select {
		case <-s.window.deliverable:
		case <-s.ctx.Done():
		}
	}
}

func (s *subscription) deliver(e *entry) {
	ctx, cancel := context.WithCancel(s.handling)
	m := wire.FromEntry(wire.Origin{
		Stream: s.source.Stream, EntryID: e.id, Group: s.source.Group, Deliveries: e.deliveries,
	}, e.values)
	m.SetContext(ctx)
	select {
	case s.out <- m:
		s.inFlight.Go(func() {
			defer cancel()
			s.settle(e, m)
		})
	case <-s.ctx.Done():
		cancel()
		s.window.undelivered(e)
	}
}

// settle waits for the handler's word and passes it on.
func (s *subscription) settle(e *entry, m *message.Message) {
	select {
	case <-m.Acked():
		s.window.acknowledged(e)
		s.transport.words.Add(word{about: s, id: e.id})
	case <-m.Nacked():
		s.window.rejected(e)
		time.AfterFunc(s.transport.options.RedeliverAfter, func() { s.again(e) })
	case <-s.handling.Done():
		s.window.abandoned()
	}
}

// again brings a rejected entry back. The server is told how often it was delivered, so that the count outlives this
// process.
func (s *subscription) again(e *entry) {
	if s.ctx.Err() != nil {
		return // whoever gets the entry next counts it
	}
	deliveries := s.window.rested(e)
	s.transport.words.Add(word{about: s, id: e.id, deliveries: deliveries})
}

// drain waits for what is in flight, but no longer than the drain time.
func (s *subscription) drain() {
	timer := time.AfterFunc(s.transport.options.DrainTimeout, s.giveUp)
	s.inFlight.Wait()
	timer.Stop()
	s.giveUp()
}

// leaveTimeout is how long a subscription that ends waits for the server to take its last words.
const leaveTimeout = 2 * time.Second

// leave makes sure that the server knows what was acknowledged, and lets others have at once what was not.
func (s *subscription) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	s.awaitTold(ctx)
	if err := s.handOver(ctx); err != nil {
		s.server().Log.Debug("entries in flight were not released; others take them over later",
			telemetry.FieldStream, s.source.Stream, telemetry.FieldError, err.Error())
	}
	s.disconnect()
}

func (s *subscription) awaitTold(ctx context.Context) {
	for !s.window.allTold() {
		select {
		case <-s.window.changed:
		case <-ctx.Done():
			return
		}
	}
}

// handOver releases what is left. An entry that no handler has seen is counted as not delivered.
func (s *subscription) handOver(ctx context.Context) error {
	s.transport.renewing.Lock()
	unseen := s.window.leave()
	s.transport.renewing.Unlock()
	at := s.source
	if len(unseen) > 0 {
		args := append([]any{"XCLAIM", at.Stream, at.Group, s.consumer, 0}, unseen...)
		err := s.server().Client.Do(ctx, append(args, "RETRYCOUNT", 0, "JUSTID")...).Err()
		if err != nil && !server.GroupIsGone(err) {
			return err
		}
	}
	return s.server().Release(ctx, at, s.consumer, s.transport.options.TakeOver)
}
