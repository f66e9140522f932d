package web

import (
	"context"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

// History is what a saga has lived through, in order of version.
func (s *Service) History(ctx context.Context, id domain.SagaID) (api.History, error) {
	records, err := s.records(ctx, id)
	if err != nil {
		return api.History{}, err
	}
	history := api.History{SagaID: id, CorrelationID: records[0].CorrelationID, Events: make([]api.Event, len(records))}
	for i := range records {
		r := &records[i]
		history.Events[i] = api.Event{
			Version:     r.Version,
			Type:        r.Type,
			RecordedAt:  r.RecordedAt,
			Lane:        uint16(r.Lane),
			Offset:      uint64(r.Offset),
			CausationID: r.CausationID,
			Trace:       r.Trace,
			Payload:     r.Payload,
		}
	}
	return history, nil
}
