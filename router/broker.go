package router

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
)

// Broker carries messages in named streams that consumer groups read. It may lose everything it holds: the event store
// is the only source of truth, and Lost tells when what is open must be sent again.
//
// Every message that a broker delivers carries its Origin. All methods may be called concurrently.
type Broker interface {
	// Publish sends messages, each to its Stream, in the order given as far as they go to one stream. It returns when
	// the broker has taken all of them. An error means that it is not known whether it has; publishing again is
	// harmless, since request ids and idempotency keys stay the same.
	Publish(ctx context.Context, messages []domain.Envelope) error

	// Publisher is Publish behind Watermill's interface; topics are streams. Closing it ends only its own use.
	Publisher() message.Publisher

	// Subscriber reads streams as a member of a consumer group, which Subscribe creates, with its stream, when it is
	// missing; a new group begins with the oldest entry that the stream still holds. Members of one group share its
	// messages, over all processes.
	//
	// Within one subscription the messages of one key (saga id, else correlation id) are delivered in the stream's
	// order, one at a time: the next one is sent when the one before it was acknowledged. A message that is rejected
	// (Nack) comes again after a pause. A message's context is not cancelled with the context of Subscribe: what is
	// being handled may finish. Ending that context, or Close, stops new deliveries, waits for what is in flight, up to
	// the broker's drain time, and then closes the channel.
	Subscriber(group string, options ...SubscriberOption) (message.Subscriber, error)

	// Lost receives a value after the broker has lost messages or groups. One receiver is served; it must be ready to
	// send everything open again. It is never closed.
	Lost() <-chan struct{}

	// Ping returns nil when the broker answers.
	Ping(ctx context.Context) error

	// Close ends all subscriptions as their Close does, then what the broker opened.
	Close() error
}

// SubscriberOptions is what SubscriberOption sets; brokers read it by ApplySubscriberOptions.
type SubscriberOptions struct {
	// InFlight is how many messages of one subscription may be delivered and not yet acknowledged; 0 leaves it to the
	// broker.
	InFlight int
	// Keep says that entries are not to be removed from the stream when they are acknowledged: somebody else may read
	// it without a group.
	Keep bool
}

// SubscriberOption changes what Broker.Subscriber returns.
type SubscriberOption func(*SubscriberOptions)

// InFlight bounds how many messages of one subscription are delivered and not yet acknowledged.
func InFlight(n int) SubscriberOption { return func(o *SubscriberOptions) { o.InFlight = n } }

// Keep leaves entries on the stream, for those who read it without a group, when all groups have acknowledged them.
// Brokers that drop nothing ignore it.
func Keep() SubscriberOption { return func(o *SubscriberOptions) { o.Keep = true } }

// ApplySubscriberOptions gathers options; it is for brokers.
func ApplySubscriberOptions(options []SubscriberOption) SubscriberOptions {
	var o SubscriberOptions
	for _, option := range options {
		option(&o)
	}
	return o
}
