package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/middleware"
	"github.com/skald-go/skald/router/wire"
)

// startHandler begins a saga for each entry of a start stream.
type startHandler struct {
	desk   *startDesk
	engine Engine
	log    *slog.Logger
}

func (h startHandler) handle(m *message.Message) error {
	definition, err := h.desk.whose(m.Metadata[domain.FieldEventType])
	if err != nil || definition == "" {
		return middleware.Permanent(err)
	}
	request, err := startRequest(m, definition)
	if err != nil {
		return middleware.Permanent(err)
	}
	result, err := h.engine.Start(m.Context(), request)
	if err != nil {
		return judged(err)
	}
	h.log.DebugContext(telemetry.WithSaga(m.Context(), result.SagaID.String()), "saga started",
		telemetry.FieldDefinition, definition, "existed", result.Existed, telemetry.FieldLane, result.Lane)
	return nil
}

// startRequest reads a start entry. The saga's id follows from the entry, or from its idempotency key, so that a start
// delivered twice starts one saga.
func startRequest(m *message.Message, definition string) (engine.StartRequest, error) {
	e, extra, err := wire.Parse(m)
	if err != nil {
		return engine.StartRequest{}, err
	}
	if err := e.CheckStart(); err != nil {
		return engine.StartRequest{}, err
	}
	input := e.Payload
	if len(input) == 0 {
		input = domain.StartInput(extra)
	}
	origin := OriginOf(m)
	request := engine.StartRequest{
		Definition:    definition,
		CorrelationID: e.CorrelationID,
		Input:         input,
		Key:           e.IdempotencyKey,
		ReplyStream:   e.ReplyStream,
		RequestID:     e.RequestID,
		EventType:     e.EventType,
		CausationID:   origin.CausationID(),
		Trace:         traceOf(m.Context(), e),
	}
	if e.IdempotencyKey == "" {
		at, err := origin.Time()
		if err != nil {
			return engine.StartRequest{}, err
		}
		request.SagaID = domain.SagaIDFromEntry(at, origin.Stream, origin.EntryID, e.CorrelationID)
	}
	return request, nil
}

// replyHandler hands each entry of a lane's reply stream to the engine.
type replyHandler struct{ engine Engine }

func (h replyHandler) handle(m *message.Message) error {
	reply, err := EnvelopeOf(m)
	if err != nil {
		return middleware.Permanent(err)
	}
	if err := reply.CheckReply(); err != nil {
		return middleware.Permanent(err)
	}
	reply.TraceParent = traceOf(m.Context(), reply)
	return judged(h.engine.Reply(m.Context(), reply, OriginOf(m).CausationID()))
}

// judged marks an engine's error: what the engine refuses is permanent, everything else passes.
func judged(err error) error {
	var refused *domain.RefusedError
	if errors.As(err, &refused) || errors.Is(err, engine.ErrNoSaga) {
		return middleware.Permanent(err)
	}
	return middleware.Transient(err)
}

// traceOf is the span at work where there is one, else what the message says.
func traceOf(ctx context.Context, e domain.Envelope) string {
	if trace := middleware.TraceParent(ctx); trace != "" {
		return trace
	}
	return e.TraceParent
}

// letterHandler keeps what arrives at DeadStream.
type letterHandler struct {
	sink StoreSink
	now  func() time.Time
}

func (h letterHandler) handle(m *message.Message) error {
	if err := h.sink.DeadLetter(m.Context(), wire.ParseLetter(m, h.now())); err != nil {
		return middleware.Transient(fmt.Errorf("keep dead letter: %w", err))
	}
	return nil
}
