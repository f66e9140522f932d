package redis_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	goredis "github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/redis"
)

const patience = 20 * time.Second

// opener connects a broker with the transport under test.
type opener func(t *testing.T, url string, options redis.Options) *redis.Broker

// onEachTransport runs a test with each transport there is.
func onEachTransport(t *testing.T, test func(t *testing.T, open opener)) {
	for _, transport := range []redis.Transport{redis.TransportSkald, redis.TransportLibrary} {
		t.Run(string(transport), func(t *testing.T) {
			test(t, func(t *testing.T, url string, options redis.Options) *redis.Broker {
				options.Transport = transport
				return open(t, url, options)
			})
		})
	}
}

// open connects a broker; the log goes to the test's output.
func open(t *testing.T, url string, options redis.Options) *redis.Broker {
	t.Helper()
	if options.RedeliverAfter == 0 {
		options.RedeliverAfter = 10 * time.Millisecond
	}
	if options.DrainTimeout == 0 {
		options.DrainTimeout = 100 * time.Millisecond // many tests end with messages in flight
	}
	options.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := redis.Open(ctx, url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// raw is a plain client, as any other program has one.
func raw(t *testing.T, url string) *goredis.Client {
	t.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := goredis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func subscribe(t *testing.T, b *redis.Broker, stream, group string, options ...router.SubscriberOption) (<-chan *message.Message, message.Subscriber) {
	t.Helper()
	s, err := b.Subscriber(group, options...)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := s.Subscribe(context.Background(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return messages, s
}

// send publishes one message for each request id.
func send(t *testing.T, b *redis.Broker, stream string, requests ...string) {
	t.Helper()
	messages := make([]domain.Envelope, len(requests))
	for i, id := range requests {
		messages[i] = domain.Envelope{Stream: stream, CorrelationID: "c1", EventType: "test:do", RequestID: id}
	}
	if err := b.Publish(context.Background(), messages); err != nil {
		t.Fatal(err)
	}
}

func next(t *testing.T, messages <-chan *message.Message) *message.Message {
	t.Helper()
	select {
	case m, open := <-messages:
		if !open {
			t.Fatal("the subscription ended")
		}
		return m
	case <-time.After(patience):
		t.Fatal("no message")
		return nil
	}
}

// expect takes the messages with these request ids, in order, and acknowledges them.
func expect(t *testing.T, messages <-chan *message.Message, requests ...string) {
	t.Helper()
	for _, want := range requests {
		m := next(t, messages)
		if got := m.Metadata[domain.FieldRequestID]; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		m.Ack()
	}
}

// eventually waits until the condition holds; Redis gives no signal for what these tests wait for.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in %s: %s", patience, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}
