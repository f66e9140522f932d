package inproc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
)

const patience = 10 * time.Second

func newBroker(t *testing.T, options inproc.Options) *inproc.Broker {
	t.Helper()
	if options.RedeliverAfter == 0 {
		options.RedeliverAfter = time.Millisecond
	}
	if options.DrainTimeout == 0 {
		options.DrainTimeout = 10 * time.Millisecond // many tests end with messages in flight
	}
	b := inproc.New(options)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// subscribe joins a group and returns its messages, and how to leave.
func subscribe(t *testing.T, b *inproc.Broker, stream, group string, options ...router.SubscriberOption) (<-chan *message.Message, func()) {
	t.Helper()
	s, err := b.Subscriber(group, options...)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := s.Subscribe(context.Background(), stream)
	if err != nil {
		t.Fatal(err)
	}
	leave := func() { _ = s.Close() }
	t.Cleanup(leave)
	return messages, leave
}

// publish sends messages to a stream: each name is "key/rest", where key becomes the saga's name.
func publish(t *testing.T, b *inproc.Broker, stream string, names ...string) {
	t.Helper()
	for _, name := range names {
		m := message.NewMessage(name, nil)
		m.Metadata[domain.FieldSagaID] = name[:1]
		if err := b.Publisher().Publish(stream, m); err != nil {
			t.Fatal(err)
		}
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

func expectSilence(t *testing.T, messages <-chan *message.Message) {
	t.Helper()
	select {
	case m := <-messages:
		t.Fatalf("got %s, which should have waited", m.UUID)
	case <-time.After(30 * time.Millisecond):
	}
}

func TestMessagesOfASagaComeOneAfterTheOther(t *testing.T) {
	b := newBroker(t, inproc.Options{})
	messages, _ := subscribe(t, b, "s", "g")
	publish(t, b, "s", "a/start", "a/completed", "b/start")

	first, other := next(t, messages), next(t, messages)
	if first.UUID != "a/start" || other.UUID != "b/start" {
		t.Fatalf("got %s and %s, want the first message of each saga", first.UUID, other.UUID)
	}
	expectSilence(t, messages)
	first.Ack()
	if m := next(t, messages); m.UUID != "a/completed" {
		t.Fatalf("got %s, want a/completed", m.UUID)
	}
}

func TestOrderHoldsOverAllSubscribersOfAGroup(t *testing.T) {
	b := newBroker(t, inproc.Options{})
	const sagas, each, members = 8, 50, 4
	var (
		mu   sync.Mutex
		seen = map[string][]string{}
		all  sync.WaitGroup
	)
	all.Add(sagas * each)
	for range members {
		messages, _ := subscribe(t, b, "s", "g", router.InFlight(5))
		go func() {
			for m := range messages {
				go func() { // as Watermill's router does
					mu.Lock()
					key := m.Metadata[domain.FieldSagaID]
					seen[key] = append(seen[key], m.UUID)
					mu.Unlock()
					m.Ack()
					all.Done()
				}()
			}
		}()
	}
	for i := range each {
		for saga := range sagas {
			publish(t, b, "s", fmt.Sprintf("%c/%03d", 'a'+saga, i))
		}
	}
	all.Wait()
	for saga, names := range seen {
		if !slices.IsSorted(names) {
			t.Errorf("saga %s was delivered as %v", saga, names)
		}
	}
}

func TestARejectedMessageComesAgainBeforeItsSuccessors(t *testing.T) {
	b := newBroker(t, inproc.Options{})
	messages, _ := subscribe(t, b, "s", "g")
	publish(t, b, "s", "a/1", "a/2")

	next(t, messages).Nack()
	again := next(t, messages)
	if again.UUID != "a/1" || router.OriginOf(again).Deliveries != 2 {
		t.Fatalf("got %s, delivery %d; want a/1 for the second time", again.UUID, router.OriginOf(again).Deliveries)
	}
	again.Ack()
	if m := next(t, messages); m.UUID != "a/2" {
		t.Fatalf("got %s, want a/2", m.UUID)
	}
}

func TestEachGroupGetsEveryMessageAndALaterOneToo(t *testing.T) {
	b := newBroker(t, inproc.Options{})
	early, _ := subscribe(t, b, "s", "early")
	late, err := b.Subscriber("late")
	if err != nil {
		t.Fatal(err)
	}
	if err := late.(message.SubscribeInitializer).SubscribeInitialize("s"); err != nil {
		t.Fatal(err)
	}
	publish(t, b, "s", "a/1", "a/2")
	for _, want := range []string{"a/1", "a/2"} {
		m := next(t, early)
		if m.UUID != want {
			t.Fatalf("early got %s, want %s", m.UUID, want)
		}
		m.Ack()
	}
	messages, _ := subscribe(t, b, "s", "late")
	if m := next(t, messages); m.UUID != "a/1" {
		t.Fatalf("late got %s, want a/1", m.UUID)
	}
}

func TestAGroupMadeLaterBeginsWithTheOldestEntry(t *testing.T) {
	b := newBroker(t, inproc.Options{})
	publish(t, b, "s", "a/1", "b/2")
	messages, _ := subscribe(t, b, "s", "g")
	if m := next(t, messages); m.UUID != "a/1" {
		t.Fatalf("got %s, want a/1", m.UUID)
	}
}

func TestInFlightIsBounded(t *testing.T) {
	b := newBroker(t, inproc.Options{InFlight: 3})
	messages, _ := subscribe(t, b, "s", "g")
	publish(t, b, "s", "a/1", "b/1", "c/1", "d/1")
	first := next(t, messages)
	next(t, messages)
	next(t, messages)
	expectSilence(t, messages)
	first.Ack()
	if m := next(t, messages); m.UUID != "d/1" {
		t.Fatalf("got %s, want d/1", m.UUID)
	}
}

func TestASubscriptionHoldsNothingBackFromAnother(t *testing.T) {
	b := newBroker(t, inproc.Options{})
	busy, _ := subscribe(t, b, "s", "g", router.InFlight(1))
	publish(t, b, "s", "a/1")
	held := next(t, busy)
	free, _ := subscribe(t, b, "s", "g", router.InFlight(1))
	publish(t, b, "s", "b/1")
	if m := next(t, free); m.UUID != "b/1" {
		t.Fatalf("got %s, want b/1", m.UUID)
	}
	held.Ack()
}

func TestCloseWaitsForWhatIsInFlight(t *testing.T) {
	b := newBroker(t, inproc.Options{DrainTimeout: patience})
	s, _ := b.Subscriber("g")
	ctx, cancel := context.WithCancel(context.Background())
	messages, err := s.Subscribe(ctx, "s")
	if err != nil {
		t.Fatal(err)
	}
	publish(t, b, "s", "a/1", "a/2")
	m := next(t, messages)
	cancel()
	closed := make(chan struct{})
	go func() { _ = s.Close(); close(closed) }()
	select {
	case <-closed:
		t.Fatal("Close returned while a message was in flight")
	case <-time.After(30 * time.Millisecond):
	}
	if m.Context().Err() != nil {
		t.Fatal("the message's context was cancelled while it was handled")
	}
	m.Ack()
	<-closed

	messages, _ = subscribe(t, b, "s", "g")
	m = next(t, messages)
	if m.UUID != "a/2" {
		t.Fatalf("got %s, want a/2: a/1 was acknowledged", m.UUID)
	}
	m.Ack()
}

func TestWhatACloseCutsShortIsDeliveredToOthers(t *testing.T) {
	b := newBroker(t, inproc.Options{DrainTimeout: 10 * time.Millisecond})
	messages, leave := subscribe(t, b, "s", "g")
	publish(t, b, "s", "a/1", "a/2")
	m := next(t, messages)
	others, _ := subscribe(t, b, "s", "g")
	leave()
	if !errors.Is(m.Context().Err(), context.Canceled) {
		t.Fatal("the handler was not told that its time is over")
	}
	if again := next(t, others); again.UUID != "a/1" {
		t.Fatalf("got %s, want a/1", again.UUID)
	}
}

func TestEntryIDsGrowThoughTheClockGoesBack(t *testing.T) {
	clock := time.UnixMilli(1000)
	b := newBroker(t, inproc.Options{Now: func() time.Time { return clock }})
	messages, _ := subscribe(t, b, "s", "g")
	want := []string{"1000-0", "1000-1", "1000-2"}
	for range want {
		publish(t, b, "s", "a/1")
		clock = clock.Add(-time.Second)
	}
	for _, id := range want {
		m := next(t, messages)
		if got := router.OriginOf(m).EntryID; got != id {
			t.Fatalf("entry id %s, want %s", got, id)
		}
		m.Ack()
	}
}

func TestEnvelopesArriveAsTheyWereSent(t *testing.T) {
	b := newBroker(t, inproc.Options{})
	messages, _ := subscribe(t, b, "orders:commands", "g")
	sent := domain.Envelope{
		Stream: "orders:commands", CorrelationID: "c1", SagaID: "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1",
		EventType: "orders:ship", Payload: []byte(`{"a":1}`), Timestamp: time.UnixMicro(1_700_000_000_123_456).UTC(),
		RequestID: "00112233445566778899aabbccddeeff", IdempotencyKey: "k", ReplyStream: "r",
	}
	if err := b.Publish(context.Background(), []domain.Envelope{sent}); err != nil {
		t.Fatal(err)
	}
	m := next(t, messages)
	got, err := router.EnvelopeOf(m)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", sent) {
		t.Errorf("got  %+v\nwant %+v", got, sent)
	}
	if origin := router.OriginOf(m); origin.Stream != "orders:commands" || origin.Group != "g" || origin.Deliveries != 1 {
		t.Errorf("origin %+v", origin)
	}
}

func TestAClosedBrokerRefuses(t *testing.T) {
	b := inproc.New(inproc.Options{})
	s, _ := b.Subscriber("g")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(context.Background(), []domain.Envelope{{Stream: "s"}}); !errors.Is(err, inproc.ErrClosed) {
		t.Errorf("Publish: %v", err)
	}
	if _, err := s.Subscribe(context.Background(), "s"); !errors.Is(err, inproc.ErrClosed) {
		t.Errorf("Subscribe: %v", err)
	}
	if err := b.Ping(context.Background()); !errors.Is(err, inproc.ErrClosed) {
		t.Errorf("Ping: %v", err)
	}
}
