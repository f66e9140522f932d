package participant_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
	"github.com/skald-go/skald/router/participant"
	"github.com/skald-go/skald/router/redis"
)

const patience = 20 * time.Second

type allocate struct {
	Robots int `json:"robots"`
}

type allocated struct {
	IDs []int `json:"ids"`
}

// onEveryBroker runs a test on each broker there is.
func onEveryBroker(t *testing.T, test func(t *testing.T, b router.Broker)) {
	t.Run("inproc", func(t *testing.T) {
		b := inproc.New(inproc.Options{RedeliverAfter: time.Millisecond})
		defer func() { _ = b.Close() }()
		test(t, b)
	})
	t.Run("redis", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		b, err := redis.Open(ctx, testenv.Redis(t), redis.Options{RedeliverAfter: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = b.Close() }()
		test(t, b)
	})
}

// run serves handlers until the returned function is called.
func run(t *testing.T, b router.Broker, handlers ...participant.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- participant.Run(ctx, b, slog.New(slog.NewTextHandler(t.Output(), nil)), handlers...) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func command(t *testing.T, b router.Broker, eventType, payload string) {
	t.Helper()
	err := b.Publish(context.Background(), []domain.Envelope{{
		Stream: "resources:commands", CorrelationID: "c1", SagaID: "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1",
		EventType: eventType, Payload: json.RawMessage(payload), RequestID: "r1", IdempotencyKey: "key", ReplyStream: "replies",
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// replies reads one command's replies to the end.
func replies(t *testing.T, b router.Broker) []domain.Envelope {
	t.Helper()
	var all []domain.Envelope
	for r, err := range router.ReadReplies(context.Background(), b, "replies", router.ReadOptions{Timeout: patience}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func TestACommandIsAnsweredFromStartToCompleted(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, b router.Broker) {
		defer run(t, b, participant.Handle("resources:allocate",
			func(_ context.Context, in allocate, p participant.Progress) (allocated, error) {
				if key := p.Command().IdempotencyKey; key != "key" {
					t.Errorf("idempotency key %q", key)
				}
				p.Report(0.5, "allocating")
				return allocated{IDs: make([]int, in.Robots)}, nil
			}))()
		command(t, b, "resources:allocate", `{"robots":2}`)
		all := replies(t, b)
		var got []string
		for _, r := range all {
			got = append(got, string(r.Status)+" "+string(r.Payload))
			if r.RequestID != "r1" || r.SagaID != "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1" || r.CorrelationID != "c1" || r.EventType != "resources:allocate" {
				t.Errorf("reply %+v does not echo its command", r)
			}
			if r.TraceParent != "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" {
				t.Errorf("reply carries the trace %q", r.TraceParent)
			}
		}
		want := []string{`start {}`, `progress {"fraction":0.5,"stage":"allocating"}`, `completed {"ids":[0,0]}`}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

func TestFailuresAreAnsweredAsTheyAre(t *testing.T) {
	cases := []struct {
		name, payload, want string
		work                func() (any, error)
	}{
		{"plain error", `{}`, `{"error":"no connection","retryable":true}`,
			func() (any, error) { return nil, errors.New("no connection") }},
		{"permanent", `{}`, `{"error":"no such robot","code":"unknown","retryable":false}`,
			func() (any, error) { return nil, participant.Permanent(participant.Fail("unknown", "no such robot")) }},
		{"with a code", `{}`, `{"error":"busy","code":"busy","retryable":true}`,
			func() (any, error) { return nil, participant.Fail("busy", "busy") }},
		{"panic", `{}`, `{"error":"panic: boom","retryable":true}`,
			func() (any, error) { panic("boom") }},
		{"result that is no object", `{}`, `"retryable":false`,
			func() (any, error) { return 7, nil }},
		{"payload that does not fit", `{"robots":"two"}`, `"retryable":false`, nil},
	}
	b := inproc.New(inproc.Options{})
	defer func() { _ = b.Close() }()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			heard := make(chan error, 1)
			defer run(t, b, participant.Handle("resources:allocate",
				func(context.Context, allocate, participant.Progress) (any, error) { return c.work() },
				participant.OnError(func(_ context.Context, _ domain.Envelope, err error) { heard <- err })))()
			command(t, b, "resources:allocate", c.payload)
			all := replies(t, b)
			last := all[len(all)-1]
			if last.Status != domain.ReplyFailed || !strings.Contains(string(last.Payload), c.want) {
				t.Errorf("got %s %s, want failed with %s", last.Status, last.Payload, c.want)
			}
		})
	}
}

func TestNothingToTellIsAnEmptyObject(t *testing.T) {
	b := inproc.New(inproc.Options{})
	defer func() { _ = b.Close() }()
	defer run(t, b, participant.Handle("resources:release",
		func(context.Context, struct{}, participant.Progress) (map[string]int, error) { return nil, nil }))()
	command(t, b, "resources:release", `{}`)
	if all := replies(t, b); string(all[len(all)-1].Payload) != "{}" {
		t.Errorf("got %s", all[len(all)-1].Payload)
	}
}

func TestEachGroupTakesItsOwnAndSkipsTheOthers(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, b router.Broker) {
		done := make(chan string, 10)
		handler := func(eventType, group string) participant.Handler {
			return participant.Handle(eventType,
				func(context.Context, struct{}, participant.Progress) (struct{}, error) {
					done <- group + " did " + eventType
					return struct{}{}, nil
				}, participant.Group(group))
		}
		stop := run(t, b,
			handler("resources:allocate", "allocators"),
			handler("resources:audit", "allocators"), // shares the subscription
			handler("resources:release", "releasers"))
		command(t, b, "resources:allocate", `{}`)
		command(t, b, "resources:unheard", `{}`)
		command(t, b, "resources:audit", `{}`)
		command(t, b, "resources:release", `{}`)
		got := map[string]bool{}
		for range 3 {
			select {
			case d := <-done:
				got[d] = true
			case <-time.After(patience):
				t.Fatalf("only %v", got)
			}
		}
		stop()
		want := []string{"allocators did resources:allocate", "allocators did resources:audit", "releasers did resources:release"}
		for _, w := range want {
			if !got[w] {
				t.Errorf("got %v, want %s", got, w)
			}
		}
		if len(done) > 0 {
			t.Errorf("and %s", <-done)
		}
	})
}

func TestACommandThatCannotBeReadIsSetAsideAndLaterOnesAreServed(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, b router.Broker) {
		defer run(t, b, participant.Handle("resources:allocate",
			func(context.Context, allocate, participant.Progress) (allocated, error) { return allocated{}, nil }))()
		command(t, b, "resources:allocate", `{broken`)
		command(t, b, "resources:allocate", `{}`)
		replies(t, b)
		letters, err := b.Subscriber("test")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = letters.Close() }()
		messages, err := letters.Subscribe(context.Background(), router.DeadStream)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case m := <-messages:
			m.Ack()
			if reason := m.Metadata["reason"]; !strings.Contains(reason, "not JSON") {
				t.Errorf("reason %q", reason)
			}
			if m.Metadata["origin_stream"] != "resources:commands" || !strings.Contains(m.Metadata["fields"], `"payload":"{broken"`) {
				t.Errorf("letter %v", m.Metadata)
			}
		case <-time.After(patience):
			t.Fatal("no dead letter")
		}
	})
}

func TestRunFinishesTheCommandAtHand(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, b router.Broker) {
		began, finish := make(chan struct{}), make(chan struct{})
		stop := run(t, b, participant.Handle("resources:allocate",
			func(ctx context.Context, _ allocate, _ participant.Progress) (allocated, error) {
				close(began)
				<-finish
				return allocated{}, ctx.Err()
			}))
		command(t, b, "resources:allocate", `{}`)
		<-began
		stopped := make(chan struct{})
		go func() { stop(); close(stopped) }()
		select {
		case <-stopped:
			t.Fatal("Run returned while a command was being handled")
		case <-time.After(50 * time.Millisecond):
		}
		close(finish)
		<-stopped
		if all := replies(t, b); all[len(all)-1].Status != domain.ReplyCompleted {
			t.Errorf("answered %+v", all)
		}
	})
}

func TestHandlersWorkSideBySideWhenTheyMay(t *testing.T) {
	onEveryBroker(t, func(t *testing.T, b router.Broker) {
		both := make(chan struct{}, 2)
		release := make(chan struct{})
		stop := run(t, b, participant.Handle("resources:allocate",
			func(context.Context, allocate, participant.Progress) (allocated, error) {
				both <- struct{}{}
				<-release
				return allocated{}, nil
			}, participant.Concurrency(2)))
		for _, saga := range []string{"01932c07-209f-7ab4-8cf2-5d1f4be0a3c1", "01932c07-209f-7ab4-8cf2-5d1f4be0a3c2"} {
			err := b.Publish(context.Background(), []domain.Envelope{{
				Stream: "resources:commands", CorrelationID: "c", SagaID: saga, EventType: "resources:allocate",
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			select {
			case <-both:
			case <-time.After(patience):
				t.Fatal("the second command waited for the first")
			}
		}
		close(release)
		stop()
	})
}

func TestATimeoutEndsTheHandlersContext(t *testing.T) {
	b := inproc.New(inproc.Options{})
	defer func() { _ = b.Close() }()
	defer run(t, b, participant.Handle("resources:allocate",
		func(ctx context.Context, _ allocate, _ participant.Progress) (allocated, error) {
			<-ctx.Done()
			return allocated{}, ctx.Err()
		}, participant.Timeout(time.Millisecond)))()
	command(t, b, "resources:allocate", `{}`)
	all := replies(t, b)
	if last := all[len(all)-1]; last.Status != domain.ReplyFailed || !strings.Contains(string(last.Payload), "deadline exceeded") {
		t.Errorf("answered %s %s", last.Status, last.Payload)
	}
}

func TestRunNamesEveryFault(t *testing.T) {
	nothing := func(context.Context, struct{}, participant.Progress) (struct{}, error) { return struct{}{}, nil }
	err := participant.Run(context.Background(), nil, nil,
		participant.Handle("a:b", nothing), participant.Handle("a:b", nothing),
		participant.Handle("a:c", nothing, participant.Group("")), participant.Handler{EventType: "x:y"})
	for _, fault := range []string{"two handlers for a:b", "a:c needs a stream and a group", `"x:y" was not made by Handle`} {
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("error %v does not say %q", err, fault)
		}
	}
	if err := participant.Run(context.Background(), nil, nil); err == nil {
		t.Error("no handlers were accepted")
	}
}
