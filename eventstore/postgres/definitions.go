package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/eventstore"
)

// PutDefinition publishes a definition; see eventstore.DefinitionStore.
func (s *Store) PutDefinition(ctx context.Context, d eventstore.StoredDefinition) error {
	tag, err := s.pool.Exec(ctx, s.queries.putDefinition, d.Ref.Name, d.Ref.Version, d.Ref.Digest, d.Document, d.PublishedAt)
	if err != nil {
		return fmt.Errorf("publish definition %q: %w", d.Ref.Name, translate(err))
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	stored, err := s.Definition(ctx, d.Ref.Name, d.Ref.Version)
	if err == nil && stored.Ref.Digest != d.Ref.Digest {
		err = eventstore.DefinitionChanged(stored.Ref, d.Ref)
	}
	return err
}

// Definition returns one version, or the newest when version is 0.
func (s *Store) Definition(ctx context.Context, name string, version int) (eventstore.StoredDefinition, error) {
	d, err := scanDefinition(s.pool.QueryRow(ctx, s.queries.definition, name, version))
	if errors.Is(err, pgx.ErrNoRows) {
		return d, eventstore.NoDefinition(name, version)
	}
	if err != nil {
		return d, fmt.Errorf("read definition %q: %w", name, translate(err))
	}
	return d, nil
}

// Definitions returns all, ordered by name and version.
func (s *Store) Definitions(ctx context.Context) ([]eventstore.StoredDefinition, error) {
	var all []eventstore.StoredDefinition
	rows, err := s.pool.Query(ctx, s.queries.definitions)
	err = scan(rows, err, func(rows pgx.Rows) error {
		d, err := scanDefinition(rows)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the definitions: %w", translate(err))
	}
	return all, nil
}

func scanDefinition(row pgx.Row) (eventstore.StoredDefinition, error) {
	var d eventstore.StoredDefinition
	err := row.Scan(&d.Ref.Name, &d.Ref.Version, &d.Ref.Digest, &d.Document, &d.PublishedAt)
	d.PublishedAt = d.PublishedAt.UTC()
	return d, err
}
