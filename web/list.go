package web

import (
	"context"
	"errors"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/web/api"
)

// Sagas is a page of sagas, newest first, as the projections have them: what was acknowledged a moment ago may be
// missing, unless the query waits for its position.
func (s *Service) Sagas(ctx context.Context, q api.SagaQuery) (api.Sagas, error) {
	if err := s.reach(ctx, q.Wait); err != nil {
		return api.Sagas{}, err
	}
	if q.Latest {
		s.reachHeads(ctx)
	}
	page, err := s.Views.Sagas(ctx, projections.Filter{
		Status: q.Status, Definition: q.Definition, CorrelationID: q.CorrelationID, Limit: pageSize(q.Limit), Cursor: q.After,
	})
	if err != nil {
		return api.Sagas{}, problemOf(err)
	}
	list := api.Sagas{Sagas: make([]api.Saga, len(page.Sagas)), Next: page.Next}
	for i := range page.Sagas {
		list.Sagas[i] = rowOf(page.Sagas[i])
	}
	return list, nil
}

// reach returns once the projections have seen a position; nil is where they are.
func (s *Service) reach(ctx context.Context, at *api.Position) error {
	if s.CatchUp {
		if err := s.Views.CatchUp(ctx); err != nil {
			return problemOf(err)
		}
	}
	if at == nil {
		return nil
	}
	if int(at.Lane) >= s.Store.Lanes() {
		return invalid("there is no lane "+at.String(), "give the position that the answer to a start names")
	}
	err := s.Views.WaitFor(ctx, eventstore.Lane(at.Lane), eventstore.Offset(at.Offset))
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return api.NewProblem(api.Unavailable, "the list has not come as far as "+at.String()+" in time", "ask again; `skald projections status` shows how far it is")
	}
	if err != nil {
		return problemOf(err)
	}
	return nil
}

// latestLimit is how long a list for a person waits for the projections: they are a tenth of a second behind, and where
// they are further behind a list a little old is better than none.
const latestLimit = 2 * time.Second

// reachHeads returns once the projections have seen all there is in the log now, or after latestLimit.
func (s *Service) reachHeads(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, latestLimit)
	defer cancel()
	heads, err := s.Store.Heads(ctx)
	if err != nil {
		return
	}
	for lane, head := range heads {
		if err := s.Views.WaitFor(ctx, eventstore.Lane(lane), head); err != nil {
			return
		}
	}
}

func rowOf(row projections.SagaRow) api.Saga {
	return api.Saga{
		SagaID:        row.SagaID,
		CorrelationID: row.CorrelationID,
		Definition:    domain.DefinitionRef{Name: row.Definition, Version: row.DefinitionVersion},
		Status:        row.Status,
		Version:       row.Version,
		Error:         row.Error,
		Input:         row.Input,
		StartedAt:     row.StartedAt,
		UpdatedAt:     row.UpdatedAt,
		EndedAt:       row.EndedAt,
	}
}
