package inproc

import (
	"context"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/router/wire"
)

// subscription is one member of a group: it takes what the group has ready and puts it on its channel.
type subscription struct {
	group  *group
	out    chan *message.Message
	wake   chan struct{} // something may be ready
	slots  chan struct{} // one for each message that may be in flight
	ctx    context.Context
	cancel context.CancelFunc // ends ctx, and with it new deliveries

	// handling ends when the drain time is over: handlers still at work are told through their messages' contexts.
	handling    context.Context
	stopWaiting context.CancelFunc
	inFlight    sync.WaitGroup
	finished    chan struct{} // closed when out is closed and the group left
}

func newSubscription(ctx context.Context, g *group, inFlight int) *subscription {
	s := &subscription{
		group:    g,
		out:      make(chan *message.Message),
		wake:     make(chan struct{}, 1),
		slots:    make(chan struct{}, inFlight),
		finished: make(chan struct{}),
	}
	s.handling, s.stopWaiting = context.WithCancel(context.WithoutCancel(ctx))
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

func (s *subscription) run() {
	defer close(s.finished)
	defer s.group.leave(s)
	defer close(s.out)
	for {
		select {
		case s.slots <- struct{}{}: // before taking, so that nothing is held that another member could deliver
		case <-s.ctx.Done():
		}
		d := s.wait()
		if d == nil {
			break
		}
		s.deliver(d)
	}
	s.drain()
}

// wait takes the next message from the group; nil when the subscription ends.
func (s *subscription) wait() *delivery {
	for s.ctx.Err() == nil {
		if d := s.group.take(); d != nil {
			return d
		}
		select {
		case <-s.wake:
		case <-s.ctx.Done():
		}
	}
	return nil
}

func (s *subscription) deliver(d *delivery) {
	ctx, cancel := context.WithCancel(s.handling)
	m := s.message(ctx, d)
	select {
	case s.out <- m:
		s.inFlight.Go(func() {
			defer cancel()
			s.settle(d, m)
			<-s.slots
		})
	case <-s.ctx.Done():
		cancel()
		s.group.giveBack(d)
	}
}

// settle waits for the handler's word.
func (s *subscription) settle(d *delivery, m *message.Message) {
	select {
	case <-m.Acked():
		s.group.acknowledge(d)
	case <-m.Nacked():
		s.group.reject(d)
	case <-s.handling.Done():
		s.group.giveBack(d)
	}
}

func (s *subscription) message(ctx context.Context, d *delivery) *message.Message {
	m := message.NewMessageWithContext(ctx, d.entry.uuid, d.entry.payload)
	for name, value := range d.entry.metadata {
		m.Metadata[name] = value
	}
	wire.SetOrigin(m, wire.Origin{
		Stream:     s.group.stream.name,
		EntryID:    d.entry.id,
		Group:      s.group.name,
		Deliveries: d.count,
	})
	return m
}

// drain waits for what is in flight, but no longer than the drain time.
func (s *subscription) drain() {
	timer := time.AfterFunc(s.group.stream.options.DrainTimeout, s.stopWaiting)
	s.inFlight.Wait()
	timer.Stop()
	s.stopWaiting()
}
