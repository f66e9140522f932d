package server

import (
	"context"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Subscription is one Subscribe of a transport.
type Subscription interface {
	comparable
	Messages() <-chan *message.Message
	// Cancel ends new deliveries; it does not wait.
	Cancel()
	// Finished is closed when nothing of the subscription is left.
	Finished() <-chan struct{}
}

// Subscriptions are those that are open at a transport.
type Subscriptions[S Subscription] struct {
	mu      sync.Mutex
	open    map[S]struct{}
	closing bool
}

// Add makes a subscription known to Close; false when that has begun.
func (s *Subscriptions[S]) Add(one S) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	if s.open == nil {
		s.open = map[S]struct{}{}
	}
	s.open[one] = struct{}{}
	return true
}

// Remove forgets a subscription that ended.
func (s *Subscriptions[S]) Remove(one S) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, one)
}

// All are those that are open, in no order.
func (s *Subscriptions[S]) All() []S {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]S, 0, len(s.open))
	for one := range s.open {
		all = append(all, one)
	}
	return all
}

// Close ends all subscriptions, waits for them, and lets no new one begin.
func (s *Subscriptions[S]) Close() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	end(s.All())
}

// end ends subscriptions side by side and waits for them.
func end[S Subscription](open []S) {
	for _, s := range open {
		s.Cancel()
	}
	for _, s := range open {
		<-s.Finished()
	}
}

// Subscriber is a group behind message.Subscriber. Closing it ends the subscriptions made through it and no others.
type Subscriber[S Subscription] struct {
	server *Server
	group  string
	begin  func(ctx context.Context, at Source) (S, error)

	mu     sync.Mutex
	open   []S
	closed bool
}

// NewSubscriber makes a subscriber for a group; begin makes its subscriptions.
func NewSubscriber[S Subscription](s *Server, group string, begin func(context.Context, Source) (S, error)) *Subscriber[S] {
	return &Subscriber[S]{server: s, group: group, begin: begin}
}

// Subscribe implements message.Subscriber. The error is the server's: it must be there for the group to be made.
func (s *Subscriber[S]) Subscribe(ctx context.Context, stream string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	sub, err := s.begin(ctx, Source{stream, s.group})
	if err != nil {
		return nil, err
	}
	s.open = append(s.open, sub)
	return sub.Messages(), nil
}

// SubscribeInitialize makes the stream and the group, so that nothing published from now on is missed.
func (s *Subscriber[S]) SubscribeInitialize(stream string) error {
	_, err := s.server.MakeGroup(context.Background(), Source{stream, s.group})
	return err
}

// Close implements message.Subscriber.
func (s *Subscriber[S]) Close() error {
	s.mu.Lock()
	s.closed = true
	open := s.open
	s.open = nil
	s.mu.Unlock()
	end(open)
	return nil
}
