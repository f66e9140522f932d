package inproc

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"
)

// publisher is the broker behind message.Publisher.
type publisher struct {
	broker *Broker
	closed atomic.Bool
}

func (p *publisher) Publish(stream string, messages ...*message.Message) error {
	if p.closed.Load() {
		return ErrClosed
	}
	return p.broker.publish(stream, messages...)
}

func (p *publisher) Close() error {
	p.closed.Store(true)
	return nil
}

// subscriber is a group behind message.Subscriber. Closing it ends the subscriptions made through it and no others.
type subscriber struct {
	broker   *Broker
	group    string
	inFlight int

	mu     sync.Mutex
	open   []*subscription
	closed bool
}

func (s *subscriber) Subscribe(ctx context.Context, stream string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	member, err := s.broker.subscribe(ctx, stream, s.group, s.inFlight)
	if err != nil {
		return nil, err
	}
	s.open = append(s.open, member)
	return member.out, nil
}

// SubscribeInitialize creates the stream and the group, so that nothing published from now on is missed.
func (s *subscriber) SubscribeInitialize(stream string) error {
	return s.broker.createGroup(stream, s.group)
}

func (s *subscriber) Close() error {
	s.mu.Lock()
	s.closed = true
	open := s.open
	s.open = nil
	s.mu.Unlock()
	stop(open)
	return nil
}
