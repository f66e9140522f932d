package engine

import (
	"context"

	"github.com/skald-go/skald/domain"
)

// Reply takes a participant's answer. causationID names the message (a stream entry's id) and is stored with what it
// causes. Reply returns when that is durable and what follows has been handed to the publisher once; a reply that was
// counted before changes nothing and returns nil, after what it once caused and nobody has answered was sent again.
//
// A *domain.RefusedError and ErrNoSaga are permanent; with any other error the reply may be submitted again as it is
// (with ErrUnsent it should).
func (e *Engine) Reply(ctx context.Context, reply domain.Envelope, causationID string) error {
	id, err := domain.ParseSagaID(reply.SagaID)
	if err != nil {
		return refusef("saga_id: %v", err)
	}
	return e.submit(ctx, &submission{
		saga: id,
		trigger: domain.Reply{
			RequestID: reply.RequestID,
			EventType: reply.EventType,
			Status:    reply.Status,
			Payload:   reply.Payload,
		},
		correlationID: reply.CorrelationID,
		causationID:   causationID,
		trace:         reply.TraceParent,
	}, 0)
}
