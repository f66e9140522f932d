package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// StartRequest asks for a saga to begin.
type StartRequest struct {
	Definition string
	Version    int // 0: the newest
	// SagaID names the saga to be. The zero id lets the engine choose: from Key where there is one, so that the same
	// key starts one saga however often it is sent, otherwise a new one. An id must be made for the correlation id.
	SagaID        domain.SagaID
	Key           string
	CorrelationID string          // required
	Input         json.RawMessage // a JSON object; nil means {}
	// ReplyStream, RequestID and EventType are for the saga's own replies; no stream, no replies.
	ReplyStream string
	RequestID   string
	EventType   string
	CausationID string // the message that asked for it
	Trace       string // W3C traceparent
}

// StartResult says what became of a start.
type StartResult struct {
	SagaID        domain.SagaID
	CorrelationID string
	// Existed is true when the saga had begun before: the same start, delivered again.
	Existed bool
	// Lane and Offset are a place in the log at which the start is visible; who has read up to there sees the saga.
	Lane   eventstore.Lane
	Offset eventstore.Offset
}

// Start begins a saga. It returns when the start is durable and its first commands have been handed to the publisher
// once, or, with Existed, when it turns out that it is. A *domain.RefusedError says that this start can never work;
// every other error, that it may be repeated as it is (with SagaID or Key set, else the first try may have begun a saga).
func (e *Engine) Start(ctx context.Context, request StartRequest) (StartResult, error) {
	if request.CorrelationID == "" {
		return StartResult{}, refusef("correlation_id is missing: every start needs one")
	}
	input, err := inputOf(request.Input)
	if err != nil {
		return StartResult{}, err
	}
	id, err := e.sagaID(request)
	if err != nil {
		return StartResult{}, err
	}
	def, err := e.forStart(ctx, request.Definition, request.Version)
	if err != nil {
		return StartResult{}, err
	}
	s := &submission{
		saga: id,
		trigger: domain.StartSaga{
			SagaID:        id,
			CorrelationID: request.CorrelationID,
			Input:         input,
			ReplyStream:   request.ReplyStream,
			RequestID:     request.RequestID,
			EventType:     request.EventType,
		},
		correlationID: request.CorrelationID,
		causationID:   request.CausationID,
		trace:         request.Trace,
		start:         &start{def: def, exact: request.Version > 0},
	}
	if err := e.submit(ctx, s, e.config.StartWait); err != nil {
		return StartResult{}, err
	}
	lane := eventstore.LaneOfSaga(id, e.lanes)
	return StartResult{SagaID: id, CorrelationID: request.CorrelationID, Existed: s.existed, Lane: lane, Offset: s.offset}, nil
}

func inputOf(input json.RawMessage) (json.RawMessage, error) {
	trimmed := bytes.TrimSpace(input)
	if len(trimmed) == 0 {
		return json.RawMessage("{}"), nil
	}
	if trimmed[0] != '{' {
		return nil, refusef("the input of a saga must be a JSON object, such as {\"area\": \"ZoneA\"}")
	}
	if err := domain.CheckPayload(trimmed); err != nil {
		return nil, refusef("the input of the saga does not pass: %v", err)
	}
	return trimmed, nil
}

func (e *Engine) sagaID(request StartRequest) (domain.SagaID, error) {
	switch {
	case !request.SagaID.IsZero():
		if request.SagaID.CorrelationHash() != domain.CorrelationHash(request.CorrelationID) {
			return domain.SagaID{}, refusef("saga id %s was not made for correlation_id %q: leave it out, or give a key", request.SagaID, request.CorrelationID)
		}
		return request.SagaID, nil
	case request.Key != "":
		return domain.SagaIDFromKey(request.Definition, request.Key, request.CorrelationID), nil
	default:
		return domain.NewSagaID(e.now(), request.CorrelationID, e.randomBytes()), nil
	}
}

// randomBytes makes 64 bits out of two numbers with 53 bits each.
func (e *Engine) randomBytes() [8]byte {
	const scale = 1 << 53
	var random [8]byte
	binary.BigEndian.PutUint64(random[:], uint64(e.config.Random()*scale)<<11^uint64(e.config.Random()*scale))
	return random
}
