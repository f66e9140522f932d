package inproc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/wire"
)

// ErrClosed is returned by calls on a broker, publisher or subscriber that was closed.
var ErrClosed = errors.New("in-process broker is closed")

// Broker is a router.Broker that lives in this process.
type Broker struct {
	options Options
	lost    chan struct{}

	mu            sync.Mutex
	streams       map[string]*stream
	subscriptions map[*subscription]struct{}
	swept         time.Time // the last look for idle streams
	closing       bool      // no new subscription
	closed        bool      // nothing at all
}

var _ router.Broker = (*Broker)(nil)

// New makes an empty broker.
func New(options Options) *Broker {
	options = options.withDefaults()
	return &Broker{
		options:       options,
		lost:          make(chan struct{}),
		streams:       map[string]*stream{},
		subscriptions: map[*subscription]struct{}{},
		swept:         options.Now(),
	}
}

// Publish implements router.Broker. The only error is ErrClosed, or that of ctx.
func (b *Broker) Publish(ctx context.Context, messages []domain.Envelope) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range messages {
		if err := b.publish(messages[i].Stream, wire.MessageOf(messages[i])); err != nil {
			return err
		}
	}
	return nil
}

func (b *Broker) publish(stream string, messages ...*message.Message) error {
	for {
		s, err := b.stream(stream)
		if err != nil {
			return err
		}
		if s.append(messages) {
			return nil
		}
	}
}

// stream finds or makes a stream. In passing it looks for idle ones, four times in each ForgetAfter.
func (b *Broker) stream(name string) (*stream, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	if now := b.options.Now(); now.Sub(b.swept) > b.options.ForgetAfter/4 {
		b.swept = now
		b.forgetIdle(now.Add(-b.options.ForgetAfter))
	}
	s, ok := b.streams[name]
	if !ok {
		s = newStream(name, &b.options)
		b.streams[name] = s
	}
	return s, nil
}

func (b *Broker) forgetIdle(idleSince time.Time) {
	for name, s := range b.streams {
		if s.forget(idleSince) {
			delete(b.streams, name)
		}
	}
}

// Publisher implements router.Broker.
func (b *Broker) Publisher() message.Publisher { return &publisher{broker: b} }

// Subscriber implements router.Broker.
func (b *Broker) Subscriber(group string, options ...router.SubscriberOption) (message.Subscriber, error) {
	if group == "" {
		return nil, errors.New("a subscriber needs the name of its consumer group")
	}
	inFlight := router.ApplySubscriberOptions(options).InFlight
	if inFlight <= 0 {
		inFlight = b.options.InFlight
	}
	return &subscriber{broker: b, group: group, inFlight: inFlight}, nil
}

func (b *Broker) subscribe(ctx context.Context, name, groupName string, inFlight int) (*subscription, error) {
	for {
		s, err := b.stream(name)
		if err != nil {
			return nil, err
		}
		b.mu.Lock()
		if b.closing {
			b.mu.Unlock()
			return nil, ErrClosed
		}
		member := s.join(ctx, groupName, inFlight)
		if member != nil {
			b.subscriptions[member] = struct{}{}
		}
		b.mu.Unlock()
		if member == nil {
			continue // the stream was forgotten between the two locks
		}
		go func() {
			member.run()
			b.mu.Lock()
			delete(b.subscriptions, member)
			b.mu.Unlock()
		}()
		return member, nil
	}
}

// createGroup makes a stream and a group in it, if they are missing.
func (b *Broker) createGroup(name, groupName string) error {
	for {
		s, err := b.stream(name)
		if err != nil {
			return err
		}
		s.mu.Lock()
		g := s.group(groupName)
		s.mu.Unlock()
		if g != nil {
			return nil
		}
	}
}

// Lost implements router.Broker. Memory is lost only with the process, so nothing ever arrives.
func (b *Broker) Lost() <-chan struct{} { return b.lost }

// Ping implements router.Broker.
func (b *Broker) Ping(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ErrClosed
	}
	return nil
}

// Close implements router.Broker. While it waits, handlers may still publish.
func (b *Broker) Close() error {
	b.closeSubscriptions()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

func (b *Broker) closeSubscriptions() {
	b.mu.Lock()
	b.closing = true
	open := slices.Collect(maps.Keys(b.subscriptions))
	b.mu.Unlock()
	stop(open)
}

// stop ends subscriptions and waits for them.
func stop(open []*subscription) {
	for _, s := range open {
		s.cancel()
	}
	for _, s := range open {
		<-s.finished
	}
}
