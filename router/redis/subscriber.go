package redis

import (
	"context"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
)

// subscriber is a group behind message.Subscriber. Closing it ends the subscriptions made through it and no others.
type subscriber struct {
	broker   *Broker
	group    string
	inFlight int

	mu     sync.Mutex
	open   []*subscription
	closed bool
}

// Subscribe implements message.Subscriber. The error is the server's: it must be there for the group to be made.
func (s *subscriber) Subscribe(ctx context.Context, stream string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	sub, err := s.broker.subscribe(ctx, source{stream, s.group}, s.inFlight)
	if err != nil {
		return nil, err
	}
	s.open = append(s.open, sub)
	return sub.out, nil
}

// SubscribeInitialize makes the stream and the group, so that nothing published from now on is missed.
func (s *subscriber) SubscribeInitialize(stream string) error {
	err := s.broker.client.XGroupCreateMkStream(context.Background(), stream, s.group, "0").Err()
	if groupExists(err) {
		return nil
	}
	return err
}

func (s *subscriber) Close() error {
	s.mu.Lock()
	s.closed = true
	open := s.open
	s.open = nil
	s.mu.Unlock()
	end(open)
	return nil
}

// end ends subscriptions and waits for them.
func end(open []*subscription) {
	for _, s := range open {
		s.cancel()
	}
	for _, s := range open {
		<-s.finished
	}
}
