package web

import (
	"context"

	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/web/api"
)

// Projections tells how far each projection has come.
func (s *Service) Projections(ctx context.Context) (api.Projections, error) {
	all, err := s.Views.Status(ctx)
	if err != nil {
		return api.Projections{}, problemOf(err)
	}
	view := api.Projections{Projections: make([]api.Projection, len(all))}
	for i := range all {
		view.Projections[i] = projectionOf(all[i])
	}
	return view, nil
}

// Rebuild makes a projection anew from the log. name is that of the projection or of one of its tables.
func (s *Service) Rebuild(ctx context.Context, name string) error {
	if _, err := s.Views.Rebuild(ctx, name, nil); err != nil {
		return problemOf(err)
	}
	return nil
}

func projectionOf(status projections.Status) api.Projection {
	p := api.Projection{
		Name:   status.Name,
		Tables: status.Tables,
		Phase:  string(status.Phase),
		Lag:    status.Lag,
		Parked: len(status.Parked),
		Error:  status.Error,
		Lanes:  make([]api.ProjectionLane, len(status.Lanes)),
	}
	for i, lane := range status.Lanes {
		p.Lanes[i] = api.ProjectionLane{Lane: uint16(lane.Lane), Seen: uint64(lane.Position), Head: uint64(lane.Head)}
	}
	return p
}
