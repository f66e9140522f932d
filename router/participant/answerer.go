package participant

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/middleware"
)

// answerer sends the replies to one command. A command without reply_stream is worked on and not answered.
type answerer struct {
	broker  router.Broker
	command domain.Envelope
	log     *slog.Logger
}

// lastReplyPolicy is how long a last reply is tried before the command is handed back, to be handled once more: the
// work is done, so it is worth more patience than anything else.
var lastReplyPolicy = domain.RetryPolicy{
	First:    domain.Duration(50 * time.Millisecond),
	Max:      domain.Duration(2 * time.Second),
	Attempts: 12,
}.WithDefaults()

func (a *answerer) start(ctx context.Context) error {
	return a.send(ctx, domain.ReplyStart, json.RawMessage("{}"))
}

// completed sends the handler's result. One that the protocol does not carry is a failure that no retry mends.
func (a *answerer) completed(ctx context.Context, result json.RawMessage) error {
	if err := domain.CheckPayload(result); err != nil {
		return a.failed(ctx, Permanent(fmt.Errorf("the handler's result cannot be sent: %w", err)))
	}
	return a.sendLast(ctx, domain.ReplyCompleted, result)
}

func (a *answerer) failed(ctx context.Context, cause error) error {
	payload, err := json.Marshal(struct {
		Error     string `json:"error"`
		Code      string `json:"code,omitempty"`
		Retryable bool   `json:"retryable"`
	}{errorText(cause), codeOf(cause), retryable(cause)})
	if err != nil {
		return err
	}
	return a.sendLast(ctx, domain.ReplyFailed, payload)
}

// errorText is what the saga's history keeps of an error: text without NUL, bounded.
func errorText(err error) string {
	const limit = 16 << 10
	text := strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "\uFFFD")
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}

// sendLast sends a last reply, trying for about 15 seconds.
func (a *answerer) sendLast(ctx context.Context, status domain.ReplyStatus, payload json.RawMessage) error {
	for attempt := 1; ; attempt++ {
		err := a.send(ctx, status, payload)
		if err == nil {
			return nil
		}
		wait, again := lastReplyPolicy.Delay(attempt, 0)
		if !again || !middleware.Sleep(ctx, wait) {
			return err
		}
	}
}

func (a *answerer) send(ctx context.Context, status domain.ReplyStatus, payload json.RawMessage) error {
	if a.command.ReplyStream == "" {
		return nil
	}
	trace := middleware.TraceParent(ctx)
	if trace == "" {
		trace = a.command.TraceParent
	}
	err := a.broker.Publish(ctx, []domain.Envelope{{
		Stream:        a.command.ReplyStream,
		CorrelationID: a.command.CorrelationID,
		SagaID:        a.command.SagaID,
		EventType:     a.command.EventType,
		Status:        status,
		Payload:       payload,
		Timestamp:     time.Now(),
		RequestID:     a.command.RequestID,
		TraceParent:   trace,
	}})
	if err != nil {
		return fmt.Errorf("send %s to %s: %w", status, a.command.ReplyStream, err)
	}
	return nil
}

// progress is the Progress of one call.
type progress struct {
	ctx      context.Context
	answerer *answerer
}

func (p progress) Command() domain.Envelope { return p.answerer.command }

// smallestFraction stands in for a fraction of zero or less, which the protocol does not know.
const smallestFraction = 0.01

func (p progress) Report(fraction float64, stage string) {
	if !(fraction >= smallestFraction) { // NaN included
		fraction = smallestFraction
	}
	payload, err := json.Marshal(struct {
		Fraction float64 `json:"fraction"`
		Stage    string  `json:"stage,omitempty"`
	}{min(fraction, 1), stage})
	if err == nil {
		err = p.answerer.send(p.ctx, domain.ReplyProgress, payload)
	}
	if err != nil {
		p.answerer.log.WarnContext(p.ctx, "progress not sent", telemetry.FieldError, err.Error())
	}
}
