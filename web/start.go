package web

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/web/api"
)

// Start begins a saga; it is durable when Start returns. A start without a correlation id begins a conversation of its
// own: its id is made from the key where there is one, so that the same key still starts one saga only.
func (s *Service) Start(ctx context.Context, start api.Start) (api.Started, error) {
	if s.Engine == nil {
		return api.Started{}, readOnly("starting a saga")
	}
	if start.Definition == "" {
		return api.Started{}, invalid("the name of a definition is missing", "give \"definition\"; `skald definitions list` shows those there are")
	}
	result, err := s.Engine.Start(ctx, engine.StartRequest{
		Definition:    start.Definition,
		Version:       start.Version,
		Key:           start.Key,
		CorrelationID: cmp.Or(start.CorrelationID, newCorrelationID(start)),
		Input:         start.Input,
		ReplyStream:   start.ReplyStream,
	})
	if err != nil {
		return api.Started{}, problemOf(err)
	}
	return api.Started{
		SagaID:        result.SagaID,
		CorrelationID: result.CorrelationID,
		Existed:       result.Existed,
		Position:      api.Position{Lane: uint16(result.Lane), Offset: uint64(result.Offset)},
	}, nil
}

func newCorrelationID(start api.Start) string {
	if start.Key != "" {
		return start.Definition + ":" + start.Key
	}
	return uuid.Must(uuid.NewV7()).String() // fails only when the system has no randomness left
}
