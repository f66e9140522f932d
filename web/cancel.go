package web

import (
	"context"
	"errors"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

// Cancel records that somebody wants a saga to turn round. What was done is undone after Cancel has returned.
func (s *Service) Cancel(ctx context.Context, id domain.SagaID, by api.Cancel) error {
	if s.Engine == nil {
		return readOnly("cancelling a saga")
	}
	if by.Actor == "" || by.Reason == "" {
		return invalid("who cancels, or why, is missing", "give \"actor\" and \"reason\"; both are kept in the saga's history")
	}
	err := s.Engine.Cancel(ctx, id, by.Actor, by.Reason)
	if refused := (*domain.RefusedError)(nil); errors.As(err, &refused) {
		return api.NewProblem(api.Refused, refused.Reason, "`skald status "+id.String()+"` shows where it stands")
	}
	if err != nil {
		return problemOf(err)
	}
	return nil
}
