package redis_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	goredis "github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/redis"
)

// What only Skald's own transport does.

// sendKeyed publishes messages named "<key><number>", of the conversation key.
func sendKeyed(t *testing.T, b *redis.Broker, stream string, names ...string) {
	t.Helper()
	messages := make([]domain.Envelope, len(names))
	for i, name := range names {
		messages[i] = domain.Envelope{Stream: stream, CorrelationID: name[:1], EventType: "test:do", RequestID: name}
	}
	if err := b.Publish(context.Background(), messages); err != nil {
		t.Fatal(err)
	}
}

func name(m *message.Message) string { return m.Metadata[domain.FieldRequestID] }

// takeAll takes the messages with these names, in any order.
func takeAll(t *testing.T, messages <-chan *message.Message, want ...string) map[string]*message.Message {
	t.Helper()
	taken := map[string]*message.Message{}
	for range want {
		m := next(t, messages)
		taken[name(m)] = m
	}
	if got := slices.Sorted(maps.Keys(taken)); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	return taken
}

func expectNone(t *testing.T, messages <-chan *message.Message) {
	t.Helper()
	select {
	case m := <-messages:
		t.Fatalf("%s was delivered too early", name(m))
	case <-time.After(50 * time.Millisecond):
	}
}

func TestKeysGoSideBySideAndEachInOrder(t *testing.T) {
	b := open(t, testenv.Redis(t), redis.Options{})
	messages, _ := subscribe(t, b, "s", "g")
	sendKeyed(t, b, "s", "a1", "a2", "b1", "c1", "b2", "a3")
	first := takeAll(t, messages, "a1", "b1", "c1")
	expectNone(t, messages)
	first["b1"].Ack()
	second := takeAll(t, messages, "b2")
	first["a1"].Ack()
	takeAll(t, messages, "a2")["a2"].Ack()
	takeAll(t, messages, "a3")["a3"].Ack()
	first["c1"].Ack()
	second["b2"].Ack()
}

func TestARejectedMessageHoldsUpItsKeyOnly(t *testing.T) {
	b := open(t, testenv.Redis(t), redis.Options{RedeliverAfter: 200 * time.Millisecond})
	messages, _ := subscribe(t, b, "s", "g", router.InFlight(2))
	sendKeyed(t, b, "s", "a1", "a2")
	takeAll(t, messages, "a1")["a1"].Nack()
	sendKeyed(t, b, "s", "b1", "b2", "b3")
	expect(t, messages, "b1", "b2", "b3", "a1", "a2")
}

func TestNoMoreIsTakenThanMayBeInFlight(t *testing.T) {
	url := testenv.Redis(t)
	b, plain := open(t, url, redis.Options{}), raw(t, url)
	messages, _ := subscribe(t, b, "s", "g", router.InFlight(2))
	sendKeyed(t, b, "s", "a1", "b1", "c1", "d1")
	taken := takeAll(t, messages, "a1", "b1")
	expectNone(t, messages)
	pending, err := plain.XPending(context.Background(), "s", "g").Result()
	if err != nil || pending.Count != 2 {
		t.Errorf("%v taken from the stream, %v; want 2", pending, err)
	}
	for _, m := range taken {
		m.Ack()
	}
	for _, m := range takeAll(t, messages, "c1", "d1") {
		m.Ack()
	}
}

func TestASagasRepliesStayInOrderUnderWatermillsRouter(t *testing.T) {
	b := open(t, testenv.Redis(t), redis.Options{})
	messages, _ := subscribe(t, b, "s", "g")
	const keys, each = 20, 30
	var names []string
	for n := range each {
		for k := range keys {
			names = append(names, fmt.Sprintf("%c%02d", 'a'+k, n))
		}
	}
	sendKeyed(t, b, "s", names...)
	var (
		mu   sync.Mutex
		seen = map[string][]string{}
		wg   sync.WaitGroup
	)
	for range names {
		m := next(t, messages)
		wg.Go(func() { // as Watermill does: a goroutine for each message
			mu.Lock()
			key := m.Metadata[domain.FieldCorrelationID]
			seen[key] = append(seen[key], name(m))
			mu.Unlock()
			m.Ack()
		})
	}
	wg.Wait()
	for key, got := range seen {
		if len(got) != each || !slices.IsSorted(got) {
			t.Errorf("%s: %v", key, got)
		}
	}
}

func TestDeliveriesAreCountedAcrossConsumers(t *testing.T) {
	url := testenv.Redis(t)
	first := open(t, url, redis.Options{Consumer: "first", TakeOver: time.Hour})
	messages, s := subscribe(t, first, "s", "g")
	sendKeyed(t, first, "s", "a1", "a2")
	next(t, messages).Nack()
	next(t, messages) // and then it goes
	_ = s.Close()
	second := open(t, url, redis.Options{Consumer: "second", TakeOver: time.Hour})
	messages, _ = subscribe(t, second, "s", "g")
	m := next(t, messages)
	if got := router.OriginOf(m).Deliveries; name(m) != "a1" || got != 3 {
		t.Errorf("%s at delivery %d, want a1 at 3", name(m), got)
	}
	m.Ack()
	m = next(t, messages) // nobody has handled it yet: it only stood behind a1
	if got := router.OriginOf(m).Deliveries; name(m) != "a2" || got != 1 {
		t.Errorf("%s at delivery %d, want a2 at 1", name(m), got)
	}
	m.Ack()
}

func TestADeadConsumersBacklogIsTakenOverAtFullSpeed(t *testing.T) {
	url := testenv.Redis(t)
	b, plain, ctx := open(t, url, redis.Options{TakeOver: time.Second}), raw(t, url), context.Background()
	if err := plain.XGroupCreateMkStream(ctx, "s", "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	const n = 3000
	for i := range n {
		sendKeyed(t, b, "s", fmt.Sprintf("%c%d", 'a'+i%26, i))
	}
	read, err := plain.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "dead", Streams: []string{"s", ">"}, Count: n}).Result()
	if err != nil || len(read[0].Messages) != n {
		t.Fatal(err)
	}
	messages, _ := subscribe(t, b, "s", "g", router.InFlight(64))
	var begun time.Time
	for i := range n {
		next(t, messages).Ack()
		if i == 0 {
			begun = time.Now()
		}
	}
	// 47 pages: one for each look, however often that is, would take far longer.
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("%d entries took %v", n, took)
	}
}

func TestEntriesOfAnAnswerThatWasLostAreDelivered(t *testing.T) {
	url := testenv.Redis(t)
	b, plain, ctx := open(t, url, redis.Options{Consumer: "me", TakeOver: time.Hour}), raw(t, url), context.Background()
	messages, _ := subscribe(t, b, "s", "g")
	sendKeyed(t, b, "s", "a1")
	expect(t, messages, "a1")
	// The server hands an entry to the consumer, and the connection on which the answer comes is cut.
	err := plain.Do(ctx, "EVAL", `
		redis.call('XADD', 's', '*', 'correlation_id', 'b', 'event_type', 'test:do', 'request_id', 'b1')
		return redis.call('XREADGROUP', 'GROUP', 'g', 'me-0', 'STREAMS', 's', '>')`, 0).Err()
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.Do(ctx, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
		t.Fatal(err)
	}
	expect(t, messages, "b1")
}

func TestAnEntryThatWasRemovedBeforeItWasHandledIsDoneWith(t *testing.T) {
	url := testenv.Redis(t)
	b, plain, ctx := open(t, url, redis.Options{Consumer: "me", TakeOver: time.Hour}), raw(t, url), context.Background()
	if err := plain.XGroupCreateMkStream(ctx, "s", "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	sendKeyed(t, b, "s", "a1", "a2")
	read, err := plain.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: "me-0", Streams: []string{"s", ">"}}).Result()
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.XDel(ctx, "s", read[0].Messages[0].ID).Err(); err != nil {
		t.Fatal(err)
	}
	messages, s := subscribe(t, b, "s", "g")
	expect(t, messages, "a2")
	_ = s.Close()
	pending, err := plain.XPending(ctx, "s", "g").Result()
	if err != nil || pending.Count != 0 {
		t.Errorf("%v pending, %v", pending, err)
	}
}

func TestAStreamIsTrimmedByWhatEveryGroupHasAcknowledged(t *testing.T) {
	url := testenv.Redis(t)
	b, plain, ctx := open(t, url, redis.Options{TrimEvery: 20 * time.Millisecond}), raw(t, url), context.Background()
	length := func() int64 {
		n, err := plain.XLen(ctx, "s").Result()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ours, _ := subscribe(t, b, "s", "ours")
	if err := plain.XGroupCreate(ctx, "s", "theirs", "0").Err(); err != nil {
		t.Fatal(err)
	}
	const n = 250 // more than two nodes of the stream
	for i := range n {
		sendKeyed(t, b, "s", fmt.Sprintf("a%d", i))
	}
	for range n {
		next(t, ours).Ack()
	}
	eventually(t, "all of ours acknowledged", func() bool {
		pending, err := plain.XPending(ctx, "s", "ours").Result()
		return err == nil && pending.Count == 0
	})
	read := func(count int64) []goredis.XMessage {
		got, err := plain.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "theirs", Consumer: "c", Streams: []string{"s", ">"}, Count: count}).Result()
		if err != nil {
			t.Fatal(err)
		}
		return got[0].Messages
	}
	ack := func(entries ...goredis.XMessage) {
		for _, e := range entries {
			if err := plain.XAck(ctx, "s", "theirs", e.ID).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries := read(120) // the other group is in the middle: nothing may go yet
	tick := time.Now()
	eventually(t, "some rounds of trimming", func() bool { return time.Since(tick) > 100*time.Millisecond })
	if got := length(); got != n {
		t.Fatalf("%d left, want all %d", got, n)
	}
	ack(entries[:50]...) // entries[50] is the first that somebody still needs
	eventually(t, "50 entries trimmed", func() bool { return length() == n-50 })
	ack(entries[51:]...)
	tick = time.Now()
	eventually(t, "some rounds of trimming", func() bool { return time.Since(tick) > 100*time.Millisecond })
	if got := length(); got != n-50 {
		t.Fatalf("%d left, want %d: one in the middle is not acknowledged", got, n-50)
	}
	ack(entries[50])
	ack(read(n)...)
	eventually(t, "all but the last trimmed", func() bool { return length() == 1 })
}

func TestAStreamIsLeftAloneOnRequest(t *testing.T) {
	url := testenv.Redis(t)
	plain, ctx := raw(t, url), context.Background()
	for what, setting := range map[string]struct {
		every time.Duration
		with  []router.SubscriberOption
	}{
		"switched off": {every: -1},
		"kept":         {every: 10 * time.Millisecond, with: []router.SubscriberOption{router.Keep()}},
	} {
		b := open(t, url, redis.Options{TrimEvery: setting.every})
		messages, s := subscribe(t, b, what, "g", setting.with...)
		sendKeyed(t, b, what, "a1", "a2", "a3")
		expect(t, messages, "a1", "a2", "a3")
		tick := time.Now()
		eventually(t, "some rounds", func() bool { return time.Since(tick) > 100*time.Millisecond })
		_ = s.Close()
		if n, err := plain.XLen(ctx, what).Result(); err != nil || n != 3 {
			t.Errorf("%s: %d left, %v", what, n, err)
		}
	}
}

func TestCallersShareRoundTripsButNotErrors(t *testing.T) {
	url := testenv.Redis(t)
	b, plain, ctx := open(t, url, redis.Options{}), raw(t, url), context.Background()
	if err := plain.Set(ctx, "no-stream", "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 200 {
		stream := "s"
		if i%10 == 0 {
			stream = "no-stream"
		}
		wg.Go(func() {
			err := b.Publish(ctx, []domain.Envelope{{Stream: stream, CorrelationID: "c", EventType: "test:do"}})
			if failed := err != nil; failed != (stream == "no-stream") {
				t.Errorf("%s: %v", stream, err)
			}
		})
	}
	wg.Wait()
	if n, err := plain.XLen(ctx, "s").Result(); err != nil || n != 180 {
		t.Errorf("%d entries, %v; want 180", n, err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := b.Publish(cancelled, []domain.Envelope{{Stream: "s", EventType: "test:do"}}); err == nil {
		t.Error("published for a caller who is gone")
	}
}

func TestCloseDoesNotWaitForAServerThatIsAway(t *testing.T) {
	server := testenv.StartRedis(t)
	b := open(t, server.URL(), redis.Options{})
	messages, s := subscribe(t, b, "s", "g")
	sendKeyed(t, b, "s", "a1", "b1")
	taken := takeAll(t, messages, "a1", "b1")
	server.Stop()
	taken["a1"].Ack() // the server will not hear it
	closed := make(chan struct{})
	go func() { defer close(closed); _ = s.Close() }()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Error("Close waits")
	}
	<-closed
}

func TestAnUnknownTransportIsRefused(t *testing.T) {
	if _, err := redis.Open(context.Background(), "redis://127.0.0.1:1/0", redis.Options{Transport: "carrier-pigeon"}); err == nil {
		t.Error("opened")
	}
}
