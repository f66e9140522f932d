package web

import (
	"context"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/web/api"
)

// PutDefinition publishes a definition. The same content again changes nothing; another content under a version that is
// published is api.Changed.
func (s *Service) PutDefinition(ctx context.Context, d *domain.Definition) (api.Definition, error) {
	if s.Publish == nil {
		return api.Definition{}, readOnly("publishing a definition")
	}
	if err := d.Validate().Err(); err != nil {
		return api.Definition{}, problemOf(err)
	}
	if err := s.Publish(ctx, d); err != nil {
		return api.Definition{}, problemOf(err)
	}
	return s.Definition(ctx, d.Name, d.Version)
}

// Definition is one published definition with its document; version 0 is the newest.
func (s *Service) Definition(ctx context.Context, name string, version int) (api.Definition, error) {
	stored, err := s.Store.Definition(ctx, name, version)
	if err != nil {
		return api.Definition{}, problemOf(err)
	}
	d := definitionOf(stored)
	d.Document = stored.Document
	return d, nil
}

// Definitions is all published definitions, by name and version, without their documents.
func (s *Service) Definitions(ctx context.Context) (api.Definitions, error) {
	stored, err := s.Store.Definitions(ctx)
	if err != nil {
		return api.Definitions{}, problemOf(err)
	}
	all := api.Definitions{Definitions: make([]api.Definition, len(stored))}
	for i := range stored {
		all.Definitions[i] = definitionOf(stored[i])
	}
	return all, nil
}

func definitionOf(stored eventstore.StoredDefinition) api.Definition {
	return api.Definition{DefinitionRef: stored.Ref, PublishedAt: stored.PublishedAt}
}
