package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// PutDefinition publishes a definition; see eventstore.DefinitionStore.
func (s *Store) PutDefinition(ctx context.Context, d eventstore.StoredDefinition) error {
	err := s.writer.transact(ctx, func(ctx context.Context) error {
		result, err := s.writer.conn.ExecContext(ctx, putDefinitionSQL,
			d.Ref.Name, d.Ref.Version, d.Ref.Digest, string(d.Document), micros(d.PublishedAt))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n == 1 || err != nil {
			return err
		}
		stored, err := scanDefinition(s.writer.conn.QueryRowContext(ctx, definitionSQL, d.Ref.Name, d.Ref.Version))
		if err == nil && stored.Ref.Digest != d.Ref.Digest {
			err = eventstore.DefinitionChanged(stored.Ref, d.Ref)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// Definition returns one version, or the newest when version is 0.
func (s *Store) Definition(ctx context.Context, name string, version int) (eventstore.StoredDefinition, error) {
	d, err := scanDefinition(s.readers.QueryRowContext(ctx, definitionSQL, name, version))
	if errors.Is(err, sql.ErrNoRows) {
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
	rows, err := s.readers.QueryContext(ctx, definitionsSQL)
	err = scan(rows, err, func(rows *sql.Rows) error {
		d, err := scanDefinition(rows)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the definitions: %w", translate(err))
	}
	return all, nil
}

// row is a *sql.Row or a *sql.Rows.
type row interface{ Scan(places ...any) error }

func scanDefinition(r row) (eventstore.StoredDefinition, error) {
	var d eventstore.StoredDefinition
	var publishedAt int64
	err := r.Scan(&d.Ref.Name, &d.Ref.Version, &d.Ref.Digest, &d.Document, &publishedAt)
	d.PublishedAt = time.UnixMicro(publishedAt).UTC()
	return d, err
}
