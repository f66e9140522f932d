package redis_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/redis"
	"github.com/skald-go/skald/router/wire"
)

func TestEntriesHoldTheFieldsOfTheProtocolInTheirOrder(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{}), raw(t, url)
		e := domain.Envelope{
			Stream: "orders:commands", CorrelationID: "c1", SagaID: "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1",
			EventType: "orders:ship", Payload: []byte(`{"a":1}`), RequestID: "r1", IdempotencyKey: "k", ReplyStream: "replies",
		}
		if err := b.Publish(context.Background(), []domain.Envelope{e}); err != nil {
			t.Fatal(err)
		}
		if err := b.Publisher().Publish("orders:commands", wire.MessageOf(e)); err != nil {
			t.Fatal(err)
		}
		want := []any{
			"correlation_id", "c1", "saga_id", e.SagaID, "event_type", "orders:ship", "payload", `{"a":1}`,
			"request_id", "r1", "idempotency_key", "k", "reply_stream", "replies",
		}
		entries, err := plain.Do(context.Background(), "XRANGE", "orders:commands", "-", "+").Slice()
		if err != nil || len(entries) != 2 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		for i, entry := range entries {
			if got := entry.([]any)[1]; !reflect.DeepEqual(got, want) {
				t.Errorf("entry %d: got  %v\nwant %v", i, got, want)
			}
		}
	})
}

func TestMessagesCarryTheirOrigin(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{}), raw(t, url)
		messages, _ := subscribe(t, b, "s", "g")
		id, err := plain.XAdd(context.Background(), &goredis.XAddArgs{
			Stream: "s", Values: []string{"event_type", "test:do", "skald_entry_id", "forged", "area", "ZoneA"},
		}).Result()
		if err != nil {
			t.Fatal(err)
		}
		m := next(t, messages)
		defer m.Ack()
		if got, want := router.OriginOf(m), (router.Origin{Stream: "s", EntryID: id, Group: "g", Deliveries: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		_, extra, err := wire.Parse(m)
		if err != nil || !reflect.DeepEqual(extra, []domain.Field{{Name: "area", Value: "ZoneA"}}) {
			t.Errorf("unknown fields %v, %v", extra, err)
		}
	})
}

func TestAGroupIsMadeWithItsStreamAndReadsFromTheBeginning(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{}), raw(t, url)
		_, s := subscribe(t, b, "unborn", "g")
		if groups, err := plain.XInfoGroups(context.Background(), "unborn").Result(); err != nil || len(groups) != 1 {
			t.Fatalf("groups %v, %v", groups, err)
		}
		_ = s.Close()
		send(t, b, "old", "1", "2")
		messages, _ := subscribe(t, b, "old", "g")
		expect(t, messages, "1", "2")
	})
}

func TestARejectedMessageComesAgainAndCounts(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		b := open(t, testenv.Redis(t), redis.Options{})
		messages, _ := subscribe(t, b, "s", "g")
		send(t, b, "s", "1", "2")
		for delivery := 1; delivery <= 3; delivery++ {
			m := next(t, messages)
			if got := router.OriginOf(m).Deliveries; got != delivery || m.Metadata[domain.FieldRequestID] != "1" {
				t.Fatalf("got request %s, delivery %d; want 1, delivery %d", m.Metadata[domain.FieldRequestID], got, delivery)
			}
			m.Nack()
		}
		expect(t, messages, "1", "2")
	})
}

func TestAnEntryOfAnyShapeIsDeliveredAndLaterOnesToo(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{}), raw(t, url)
		messages, _ := subscribe(t, b, "s", "g")
		if err := plain.XAdd(context.Background(), &goredis.XAddArgs{
			Stream: "s", Values: []string{"", "\xff\xfe", "payload", "{broken", "metadata", "\x00", "\x00skald origin", "forged"},
		}).Err(); err != nil {
			t.Fatal(err)
		}
		send(t, b, "s", "good")
		broken := next(t, messages)
		if _, err := router.EnvelopeOf(broken); err == nil {
			t.Error("the broken entry was read as an envelope")
		}
		broken.Ack()
		expect(t, messages, "good")
	})
}

func TestALostGroupIsMadeAnew(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{}), raw(t, url)
		messages, _ := subscribe(t, b, "s", "g")
		send(t, b, "s", "1")
		expect(t, messages, "1")
		if err := plain.XGroupDestroy(context.Background(), "s", "g").Err(); err != nil {
			t.Fatal(err)
		}
		send(t, b, "s", "2")
		expect(t, messages, "1", "2") // from the beginning: nobody knows any more what was handled
	})
}

func TestADeletedStreamIsMadeAnew(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{}), raw(t, url)
		messages, _ := subscribe(t, b, "s", "g")
		send(t, b, "s", "1")
		expect(t, messages, "1")
		if err := plain.Del(context.Background(), "s").Err(); err != nil {
			t.Fatal(err)
		}
		send(t, b, "s", "2")
		expect(t, messages, "2")
	})
}

func TestEveryMessageIsDeliveredOnceWhenSeveralAreInFlight(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		b := open(t, testenv.Redis(t), redis.Options{})
		messages, _ := subscribe(t, b, "s", "g", router.InFlight(4))
		const n = 200
		for i := range n {
			send(t, b, "s", fmt.Sprint(i))
		}
		seen := map[string]int{}
		for range n {
			m := next(t, messages)
			seen[m.Metadata[domain.FieldRequestID]]++
			m.Ack()
		}
		if len(seen) != n {
			t.Errorf("%d different messages, want %d", len(seen), n)
		}
	})
}

func TestNothingIsReadAheadOfWhatMayBeInFlight(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		busy := open(t, url, redis.Options{Consumer: "busy"})
		held, _ := subscribe(t, busy, "s", "g", router.InFlight(1))
		send(t, busy, "s", "1")
		m := next(t, held)
		free := open(t, url, redis.Options{Consumer: "free"})
		messages, _ := subscribe(t, free, "s", "g", router.InFlight(1))
		send(t, busy, "s", "2", "3")
		expect(t, messages, "2", "3")
		m.Ack()
	})
}

func TestASlowHandlerKeepsItsMessage(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		slow := open(t, url, redis.Options{Consumer: "slow", TakeOver: time.Second})
		held, _ := subscribe(t, slow, "s", "g")
		send(t, slow, "s", "1")
		m := next(t, held)
		other := open(t, url, redis.Options{Consumer: "other", TakeOver: time.Second})
		messages, _ := subscribe(t, other, "s", "g")
		select {
		case stolen := <-messages:
			t.Errorf("%v was delivered a second time while its handler worked", stolen.Metadata)
		case <-time.After(2500 * time.Millisecond): // more than twice the take-over time
		}
		m.Ack()
	})
}

func TestADeadConsumersMessageIsTakenOver(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{TakeOver: time.Second}), raw(t, url)
		ctx := context.Background()
		if err := plain.XGroupCreateMkStream(ctx, "s", "g", "0").Err(); err != nil {
			t.Fatal(err)
		}
		send(t, b, "s", "1")
		// A consumer that read the entry and was killed.
		if err := plain.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "dead", Streams: []string{"s", ">"}}).Err(); err != nil {
			t.Fatal(err)
		}
		messages, _ := subscribe(t, b, "s", "g")
		m := next(t, messages)
		if got := router.OriginOf(m).Deliveries; got != 2 {
			t.Errorf("delivery %d, want 2", got)
		}
		m.Ack()
	})
}

func TestAConsumerThatComesBackTakesUpItsOwnAtOnce(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{Consumer: "router", TakeOver: time.Hour}), raw(t, url)
		ctx := context.Background()
		if err := plain.XGroupCreateMkStream(ctx, "s", "g", "0").Err(); err != nil {
			t.Fatal(err)
		}
		send(t, b, "s", "1", "2")
		if err := plain.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "router-0", Count: 1, Streams: []string{"s", ">"}}).Err(); err != nil {
			t.Fatal(err)
		}
		messages, _ := subscribe(t, b, "s", "g")
		expect(t, messages, "1", "2")
	})
}

func TestCloseWaitsForWhatIsInFlightAndLeavesTheConnection(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		b, plain := open(t, url, redis.Options{DrainTimeout: patience}), raw(t, url)
		messages, s := subscribe(t, b, "s", "g", router.InFlight(1))
		send(t, b, "s", "1", "2")
		m := next(t, messages)
		closed := make(chan struct{})
		go func() { _ = s.Close(); close(closed) }()
		select {
		case <-closed:
			t.Fatal("Close returned while a message was in flight")
		case <-time.After(50 * time.Millisecond):
		}
		if m.Context().Err() != nil {
			t.Error("the message's context was cancelled while it was handled")
		}
		m.Ack()
		<-closed
		pending, err := plain.XPending(context.Background(), "s", "g").Result()
		if err != nil || pending.Count != 0 {
			t.Errorf("%v pending after a clean close, %v", pending, err)
		}
		again, _ := subscribe(t, b, "s", "g") // the broker's connection is still there
		expect(t, again, "2")
	})
}

func TestWhatACloseCutsShortIsHandedOverAtOnce(t *testing.T) {
	onEachTransport(t, func(t *testing.T, open opener) {
		url := testenv.Redis(t)
		leaving := open(t, url, redis.Options{Consumer: "leaving", TakeOver: time.Hour})
		messages, s := subscribe(t, leaving, "s", "g")
		send(t, leaving, "s", "1")
		next(t, messages)
		_ = s.Close() // the drain time runs out
		staying := open(t, url, redis.Options{Consumer: "staying", TakeOver: time.Hour})
		others, _ := subscribe(t, staying, "s", "g")
		expect(t, others, "1")
	})
}
