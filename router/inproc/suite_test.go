package inproc_test

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"

	"github.com/skald-go/skald/router/inproc"
)

// TestUniversalSuite runs Watermill's acceptance suite for every Pub/Sub. One broker stands for the server that the
// suite's publishers and subscribers connect to.
func TestUniversalSuite(t *testing.T) {
	broker := inproc.New(inproc.Options{RedeliverAfter: time.Millisecond, DrainTimeout: 100 * time.Millisecond})
	t.Cleanup(func() { _ = broker.Close() })
	inGroup := func(t *testing.T, group string) (message.Publisher, message.Subscriber) {
		subscriber, err := broker.Subscriber(group)
		if err != nil {
			t.Fatal(err)
		}
		return broker.Publisher(), subscriber
	}
	tests.TestPubSub(t,
		tests.Features{
			ConsumerGroups:                      true,
			GuaranteedOrder:                     true, // the suite's messages have no key, so all of them are in order
			GuaranteedOrderWithSingleSubscriber: true,
			Persistent:                          true, // as long as the broker lives, which here it does
		},
		func(t *testing.T) (message.Publisher, message.Subscriber) { return inGroup(t, "group") },
		inGroup,
	)
}
