package router_test

import (
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
)

// A start that is requeued twice must start one saga: it is given a name when it has none.
func TestRequeuedStartHasAName(t *testing.T) {
	broker := inproc.New(inproc.Options{})
	defer broker.Close()
	letter := eventstore.DeadLetter{ID: "L1", Stream: "order:commands", Fields: []domain.Field{
		{Name: domain.FieldCorrelationID, Value: "c1"}, {Name: domain.FieldEventType, Value: "order:start"}, {Name: "item", Value: "lamp"},
	}}
	subscriber, err := broker.Subscriber("g")
	if err != nil {
		t.Fatal(err)
	}
	messages, err := subscriber.Subscribe(t.Context(), letter.Stream)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := router.Requeue(t.Context(), broker, letter); err != nil {
			t.Fatal(err)
		}
		m := <-messages
		if got := m.Metadata.Get(domain.FieldIdempotencyKey); got != "dead letter L1" {
			t.Errorf("idempotency_key is %q", got)
		}
		m.Ack()
	}
	if len(letter.Fields) != 3 {
		t.Error("the letter itself was changed")
	}
}
