package router_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
	"github.com/skald-go/skald/router/wire"
)

const patience = 10 * time.Second

// fakeEngine tells the test what it is asked for.
type fakeEngine struct {
	starts  chan engine.StartRequest
	replies chan domain.Envelope
	answer  func() error // of every call
}

func (e *fakeEngine) Start(_ context.Context, r engine.StartRequest) (engine.StartResult, error) {
	err := e.answer()
	e.starts <- r
	return engine.StartResult{SagaID: r.SagaID}, err
}

func (e *fakeEngine) Reply(_ context.Context, reply domain.Envelope, _ string) error {
	err := e.answer()
	e.replies <- reply
	return err
}

// fakeStore keeps letters as a store does.
type fakeStore struct {
	mu      sync.Mutex
	letters map[string]eventstore.DeadLetter
	arrived chan eventstore.DeadLetter
	failing int // this many puts fail first
}

func (s *fakeStore) Lanes() int { return 2 }

func (s *fakeStore) PutDeadLetter(_ context.Context, d eventstore.DeadLetter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing > 0 {
		s.failing--
		return eventstore.ErrUnavailable
	}
	if _, ok := s.letters[d.ID]; !ok {
		s.letters[d.ID] = d
		s.arrived <- d
	}
	return nil
}

type bench struct {
	t      *testing.T
	broker *inproc.Broker
	engine *fakeEngine
	store  *fakeStore
}

func orderDefinition() domain.Definition {
	return domain.Definition{
		Name: "order", Version: 1,
		Start: &domain.Start{Stream: "orders:commands", EventType: "orders:start"},
		Steps: []domain.Step{{Name: "ship", Command: domain.Target{Stream: "orders:commands", EventType: "orders:ship"}}},
	}
}

// prepare makes all that a router needs, without one.
func prepare(t *testing.T) *bench {
	return &bench{
		t:      t,
		broker: inproc.New(inproc.Options{RedeliverAfter: time.Millisecond}),
		engine: &fakeEngine{
			starts: make(chan engine.StartRequest, 100), replies: make(chan domain.Envelope, 100),
			answer: func() error { return nil },
		},
		store: &fakeStore{letters: map[string]eventstore.DeadLetter{}, arrived: make(chan eventstore.DeadLetter, 100)},
	}
}

// start runs a router over an in-process broker until the test ends.
func start(t *testing.T, definitions ...domain.Definition) *bench {
	t.Helper()
	b := prepare(t)
	r, err := router.New(router.Config{
		Broker: b.broker, Engine: b.engine, Store: b.store, Definitions: definitions,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		_ = b.broker.Close()
	})
	return b
}

func (b *bench) publish(stream string, fields ...string) {
	b.t.Helper()
	var list []domain.Field
	for i := 0; i < len(fields); i += 2 {
		list = append(list, domain.Field{Name: fields[i], Value: fields[i+1]})
	}
	if err := b.broker.Publisher().Publish(stream, wire.FromFields(list)); err != nil {
		b.t.Fatal(err)
	}
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing arrived")
		panic("unreachable")
	}
}

func TestAStartEntryStartsASaga(t *testing.T) {
	b := start(t, orderDefinition())
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start", "item", "book", "count", "2",
		"reply_stream", "orders:replies:c1", "request_id", "r1")
	got := receive(t, b.engine.starts)
	if got.Definition != "order" || got.CorrelationID != "c1" || got.ReplyStream != "orders:replies:c1" ||
		got.RequestID != "r1" || got.EventType != "orders:start" || string(got.Input) != `{"count":2,"item":"book"}` {
		t.Errorf("start %+v with input %s", got, got.Input)
	}
	if !strings.HasPrefix(got.CausationID, "orders:commands/") {
		t.Errorf("caused by %q", got.CausationID)
	}
	if got.SagaID.IsZero() || got.SagaID.CorrelationHash() != domain.CorrelationHash("c1") {
		t.Errorf("saga id %s was not made from the entry", got.SagaID)
	}
}

func TestAStartWithAnIdempotencyKeyIsNamedByIt(t *testing.T) {
	b := start(t, orderDefinition())
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start", "payload", `{"item":"book"}`, "idempotency_key", "k1")
	got := receive(t, b.engine.starts)
	if got.Key != "k1" || !got.SagaID.IsZero() || string(got.Input) != `{"item":"book"}` {
		t.Errorf("start %+v with input %s", got, got.Input)
	}
}

func TestWhatCannotStartIsSetAsideWithItsReason(t *testing.T) {
	b := start(t, orderDefinition())
	cases := []struct {
		reason string
		fields []string
	}{
		{"correlation_id", []string{"event_type", "orders:start"}},
		{"not JSON", []string{"correlation_id", "c1", "event_type", "orders:start", "payload", "{broken"}},
		{"no definition starts on event_type \"orders:begin\" of orders:commands; send one of: orders:start", []string{"correlation_id", "c1", "event_type", "orders:begin"}},
		{"no event_type", []string{"correlation_id", "c1"}},
	}
	for _, c := range cases {
		b.publish("orders:commands", c.fields...)
		letter := receive(t, b.store.arrived)
		if !strings.Contains(letter.Reason, c.reason) {
			t.Errorf("%v: reason %q, want it to say %q", c.fields, letter.Reason, c.reason)
		}
		if letter.Stream != "orders:commands" || letter.Group != "order_orchestrator_group" || len(letter.Fields) != len(c.fields)/2 {
			t.Errorf("%v: letter %+v", c.fields, letter)
		}
	}
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start")
	receive(t, b.engine.starts) // nothing stopped
}

func TestCommandsOnAStartStreamAreSkipped(t *testing.T) {
	b := start(t, orderDefinition())
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:ship")
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start")
	receive(t, b.engine.starts)
	if len(b.store.arrived) > 0 {
		t.Errorf("set aside: %+v", <-b.store.arrived)
	}
}

func TestTwoGroupsOfOneStreamSetAnUnknownEntryAsideOnce(t *testing.T) {
	other := orderDefinition()
	other.Name, other.Start = "refund", &domain.Start{Stream: "orders:commands", EventType: "orders:refund"}
	b := start(t, orderDefinition(), other)
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:nothing")
	receive(t, b.store.arrived)
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start")
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:refund")
	names := []string{receive(t, b.engine.starts).Definition, receive(t, b.engine.starts).Definition}
	if names[0] == names[1] {
		t.Errorf("started %v", names)
	}
	if len(b.store.arrived) > 0 {
		t.Errorf("set aside a second time: %+v", <-b.store.arrived)
	}
}

func TestRepliesReachTheEngineInOrder(t *testing.T) {
	b := start(t)
	const saga = "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1"
	for i, status := range []string{"start", "progress", "progress", "completed"} {
		b.publish(engine.ReplyStream(1), "correlation_id", "c1", "saga_id", saga, "event_type", "orders:ship",
			"status", status, "request_id", fmt.Sprint(i))
	}
	for i := range 4 {
		if got := receive(t, b.engine.replies); got.RequestID != fmt.Sprint(i) {
			t.Fatalf("reply %d is %s %s", i, got.RequestID, got.Status)
		}
	}
}

func TestARefusedReplyIsSetAside(t *testing.T) {
	b := start(t)
	b.engine.answer = func() error { return fmt.Errorf("saga x: %w", engine.ErrNoSaga) }
	b.publish(engine.ReplyStream(0), "correlation_id", "c1", "saga_id", "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1",
		"event_type", "orders:ship", "status", "start")
	letter := receive(t, b.store.arrived)
	if !strings.Contains(letter.Reason, engine.ErrNoSaga.Error()) || letter.CorrelationID != "c1" {
		t.Errorf("letter %+v", letter)
	}
}

func TestATransientErrorIsTriedUntilItPasses(t *testing.T) {
	b := start(t, orderDefinition())
	failures := 7 // more than one delivery's retries
	b.engine.answer = func() error {
		if failures--; failures >= 0 {
			return eventstore.ErrUnavailable
		}
		return nil
	}
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start")
	first := receive(t, b.engine.starts)
	for range 7 {
		if again := receive(t, b.engine.starts); again.SagaID != first.SagaID {
			t.Fatalf("tried as saga %s, then as %s", first.SagaID, again.SagaID)
		}
	}
	if len(b.store.letters) > 0 {
		t.Error("set aside for a passing error")
	}
}

func TestAPanicOnEveryDeliveryIsSetAside(t *testing.T) {
	b := start(t, orderDefinition())
	b.engine.answer = func() error { panic("boom") }
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start")
	if letter := receive(t, b.store.arrived); letter.Reason != "given up after 5 deliveries: panic: boom" {
		t.Errorf("reason %q", letter.Reason)
	}
}

func TestAParticipantsDeadLetterIsKept(t *testing.T) {
	b := start(t)
	b.store.failing = 2
	letter := eventstore.DeadLetter{
		ID: "01932c07-0000-8000-8000-000000000000", Stream: "s", EntryID: "1-0", Group: "g", Reason: "because",
		CorrelationID: "c1", Fields: []domain.Field{{Name: "b", Value: "\"1\""}, {Name: "a", Value: "<2>"}}, At: time.UnixMilli(5).UTC(),
	}
	if err := (router.StreamSink{Broker: b.broker}).DeadLetter(context.Background(), letter); err != nil {
		t.Fatal(err)
	}
	got := receive(t, b.store.arrived)
	if fmt.Sprint(got) != fmt.Sprint(letter) {
		t.Errorf("got  %+v\nwant %+v", got, letter)
	}
}

func TestAForeignEntryAmongTheDeadLettersIsKeptToo(t *testing.T) {
	b := start(t)
	b.publish(router.DeadStream, "hello", "world")
	if letter := receive(t, b.store.arrived); letter.Stream != router.DeadStream || !strings.Contains(letter.Reason, "no dead letter") {
		t.Errorf("letter %+v", letter)
	}
}

func TestRequeueSendsTheEntryAsItWas(t *testing.T) {
	b := start(t, orderDefinition())
	b.publish("orders:commands", "event_type", "orders:start", "area", "ZoneA")
	letter := receive(t, b.store.arrived)
	letter.Fields = append(letter.Fields, domain.Field{Name: "correlation_id", Value: "c9"}) // what the person mended
	if err := router.Requeue(context.Background(), b.broker, letter); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, b.engine.starts); got.CorrelationID != "c9" || string(got.Input) != `{"area":"ZoneA"}` {
		t.Errorf("started %+v", got)
	}
	if err := router.Requeue(context.Background(), b.broker, eventstore.DeadLetter{ID: "x"}); err == nil {
		t.Error("a letter without fields was sent")
	}
}

func TestASubscriptionThatEndsByItselfEndsRunWithAnError(t *testing.T) {
	b := prepare(t)
	r, err := router.New(router.Config{
		Broker: b.broker, Engine: b.engine, Store: b.store, Definitions: []domain.Definition{orderDefinition()},
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }()
	// One message through every subscription: then all of them are there.
	b.publish("orders:commands", "correlation_id", "c1", "event_type", "orders:start")
	receive(t, b.engine.starts)
	for lane := range b.store.Lanes() {
		b.publish(engine.ReplyStream(eventstore.Lane(lane)), "saga_id", "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1", "event_type", "a:b", "status", "start")
		receive(t, b.engine.replies)
	}
	b.publish(router.DeadStream, "hello", "world")
	receive(t, b.store.arrived)

	_ = b.broker.Close()
	if err := receive(t, ended); !errors.Is(err, router.ErrEnded) {
		t.Errorf("Run returned %v", err)
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	_, err := router.New(router.Config{})
	for _, field := range []string{"Broker", "Engine", "Store"} {
		if err == nil || !strings.Contains(err.Error(), "Config."+field) {
			t.Errorf("error %v does not name %s", err, field)
		}
	}
	twin := orderDefinition()
	twin.Name = "twin"
	twin.Start.Group = "order_orchestrator_group"
	_, err = router.New(router.Config{
		Broker: inproc.New(inproc.Options{}), Engine: &fakeEngine{}, Store: &fakeStore{},
		Definitions: []domain.Definition{orderDefinition(), twin},
	})
	if err == nil || !strings.Contains(err.Error(), "order and twin both start on orders:start") {
		t.Errorf("error %v", err)
	}
}
