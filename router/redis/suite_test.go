package redis_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"

	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/router/redis"
)

var features = tests.Features{
	ConsumerGroups: true,
	// The suite's messages have no key, so one subscription keeps all of them in order; several do not.
	GuaranteedOrder:                     true,
	GuaranteedOrderWithSingleSubscriber: true,
	Persistent:                          true,
}

// TestUniversalSuite runs Watermill's acceptance suite for every Pub/Sub.
func TestUniversalSuite(t *testing.T) {
	s := newSuite(t)
	tests.TestPubSub(t, features, s.pubSub, s.pubSubInGroup)
}

// TestUniversalSuiteUnderStress runs it many times side by side.
func TestUniversalSuiteUnderStress(t *testing.T) {
	s := newSuite(t)
	tests.TestPubSubStressTest(t, features, s.pubSub, s.pubSubInGroup)
}

// suite makes publishers and subscribers for Watermill's suite, of one broker that all of them share.
type suite struct{ broker *redis.Broker }

func newSuite(t *testing.T) suite {
	return suite{open(t, testenv.Redis(t), redis.Options{RedeliverAfter: time.Millisecond, TrimEvery: 100 * time.Millisecond})}
}

func (s suite) pubSub(t *testing.T) (message.Publisher, message.Subscriber) {
	return s.pubSubInGroup(t, "group")
}

// uuidField carries the UUID that the suite recognises messages by. Skald's protocol has no field for Watermill's UUID:
// an entry is named by its stream and id.
const uuidField = "suite_uuid"

func (s suite) pubSubInGroup(t *testing.T, group string) (message.Publisher, message.Subscriber) {
	subscriber, err := s.broker.Subscriber(group)
	if err != nil {
		t.Fatal(err)
	}
	publisher, err := message.MessageTransformPublisherDecorator(func(m *message.Message) {
		m.Metadata[uuidField] = m.UUID
	})(s.broker.Publisher())
	if err != nil {
		t.Fatal(err)
	}
	return publisher, &named{Subscriber: subscriber}
}

// named gives the suite's messages their UUIDs back.
type named struct {
	message.Subscriber
	naming sync.WaitGroup
}

// Subscribe implements message.Subscriber.
func (n *named) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	messages, err := n.Subscriber.Subscribe(ctx, topic)
	if err != nil {
		return nil, err
	}
	out := make(chan *message.Message)
	n.naming.Go(func() {
		defer close(out)
		for m := range messages {
			m.UUID = m.Metadata[uuidField]
			select {
			case out <- m:
			case <-m.Context().Done(): // nobody takes it: the subscription ends
			}
		}
	})
	return out, nil
}

// Close implements message.Subscriber: the channels are closed when it returns.
func (n *named) Close() error {
	err := n.Subscriber.Close()
	n.naming.Wait()
	return err
}

// SubscribeInitialize implements message.SubscribeInitializer.
func (n *named) SubscribeInitialize(topic string) error {
	return n.Subscriber.(message.SubscribeInitializer).SubscribeInitialize(topic)
}
