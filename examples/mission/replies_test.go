package mission_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/examples/mission"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
	"github.com/skald-go/skald/router/participant"
)

const replyStream = "test:replies"

// Every handler, both directions: start, one progress of 0.5 with a stage, completed; each effect is in the ledger.
func TestHandlersAnswerInOrder(t *testing.T) {
	book := ledger.InMemory()
	ask := participants(t, mission.Options{Ledger: book})
	saga := domain.SagaID{1}
	effects := 0
	for _, row := range table {
		checkAnswers(t, ask(commandOf(saga, row.step, domain.Forward, row.stream, row.eventType, "")), domain.ReplyCompleted)
		effects++
		if row.wayBack != "" {
			checkAnswers(t, ask(commandOf(saga, row.step, domain.Back, row.stream, row.wayBack, "")), domain.ReplyCompleted)
			effects++
		}
	}
	if got := len(book.Entries()); got != effects {
		t.Errorf("%d effects in the ledger, want %d", got, effects)
	}
}

// Every action fails where the input asks for it, for good, and has no effect.
func TestHandlersFailWhereAsked(t *testing.T) {
	book := ledger.InMemory()
	ask := participants(t, mission.Options{Ledger: book})
	for _, row := range table {
		replies := ask(commandOf(domain.SagaID{2}, row.step, domain.Forward, row.stream, row.eventType, row.step))
		checkAnswers(t, replies, domain.ReplyFailed)
		var failure struct {
			Code      string
			Retryable *bool
		}
		if err := json.Unmarshal(replies[2].Payload, &failure); err != nil || failure.Code != "asked_to_fail" || failure.Retryable == nil || *failure.Retryable {
			t.Errorf("%s failed with %s", row.step, replies[2].Payload)
		}
	}
	if entries := book.Entries(); len(entries) != 0 {
		t.Errorf("ledger %v, want no effect", entries)
	}
}

// participants runs the handlers on an in-process broker until the test ends; ask sends a command and returns its replies.
func participants(t *testing.T, o mission.Options) (ask func(domain.Envelope) []domain.Envelope) {
	t.Helper()
	broker := inproc.New(inproc.Options{})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- participant.Run(ctx, broker, slog.New(slog.DiscardHandler), mission.Handlers(o)...) }()
	subscriber, err := broker.Subscriber("test")
	if err != nil {
		t.Fatal(err)
	}
	answers, err := subscriber.Subscribe(ctx, replyStream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	return func(command domain.Envelope) []domain.Envelope {
		t.Helper()
		if err := broker.Publish(ctx, []domain.Envelope{command}); err != nil {
			t.Fatal(err)
		}
		var replies []domain.Envelope
		for m := range answers {
			m.Ack()
			reply, err := router.EnvelopeOf(m)
			if err != nil {
				t.Fatal(err)
			}
			replies = append(replies, reply)
			if reply.Status == domain.ReplyCompleted || reply.Status == domain.ReplyFailed {
				break
			}
		}
		return replies
	}
}

func commandOf(saga domain.SagaID, step string, direction domain.Direction, stream, eventType, failAt string) domain.Envelope {
	return domain.Envelope{
		Stream: stream, CorrelationID: "c1", SagaID: saga.String(), EventType: eventType,
		Payload:        json.RawMessage(`{"robot_count":2,"area":"ZoneA","fail_at":"` + failAt + `"}`),
		RequestID:      domain.RequestID(saga, step, direction, 1),
		IdempotencyKey: domain.IdempotencyKey(saga, step, direction),
		ReplyStream:    replyStream,
	}
}

func checkAnswers(t *testing.T, replies []domain.Envelope, last domain.ReplyStatus) {
	t.Helper()
	want := []domain.ReplyStatus{domain.ReplyStart, domain.ReplyProgress, last}
	if len(replies) != len(want) {
		t.Fatalf("replies %v, want %v", replies, want)
	}
	for i, reply := range replies {
		if reply.Status != want[i] {
			t.Errorf("reply %d to %s is %s, want %s: %s", i+1, reply.EventType, reply.Status, want[i], reply.Payload)
		}
	}
	var progress struct {
		Fraction float64
		Stage    string
	}
	if err := json.Unmarshal(replies[1].Payload, &progress); err != nil || progress.Fraction != 0.5 || progress.Stage == "" {
		t.Errorf("progress %s, want a fraction of 0.5 and a stage", replies[1].Payload)
	}
}
