package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/internal/letterfields"
)

// PutDeadLetter keeps a letter, unless one with its ID is there already.
func (s *Store) PutDeadLetter(ctx context.Context, d eventstore.DeadLetter) error {
	text := letterfields.Text
	_, err := s.pool.Exec(ctx, s.queries.putDeadLetter, text(d.ID), text(d.Stream), text(d.EntryID), text(d.Group),
		text(d.Reason), text(d.CorrelationID), text(d.SagaID), text(d.EventType), letterfields.Encode(d.Fields), d.At)
	if err != nil {
		return fmt.Errorf("put dead letter %q: %w", d.ID, translate(err))
	}
	return nil
}

// DeadLetters returns unresolved letters, newest first; see eventstore.DeadLetterStore.
func (s *Store) DeadLetters(ctx context.Context, before string, limit int) ([]eventstore.DeadLetter, error) {
	var letters []eventstore.DeadLetter
	rows, err := s.pool.Query(ctx, s.queries.deadLetters, before, max(limit, 0))
	err = scan(rows, err, func(rows pgx.Rows) error {
		d, err := scanLetter(rows)
		letters = append(letters, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", translate(err))
	}
	return letters, nil
}

// DeadLetter returns one letter.
func (s *Store) DeadLetter(ctx context.Context, id string) (eventstore.DeadLetter, error) {
	d, err := scanLetter(s.pool.QueryRow(ctx, s.queries.deadLetter, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return d, eventstore.NoDeadLetter(id)
	}
	if err != nil {
		return d, fmt.Errorf("read dead letter %q: %w", id, translate(err))
	}
	return d, nil
}

// ResolveDeadLetter records what a person did with a letter; see eventstore.DeadLetterStore.
func (s *Store) ResolveDeadLetter(ctx context.Context, id, resolution, actor string, at time.Time) error {
	tag, err := s.pool.Exec(ctx, s.queries.resolveDeadLetter, id, resolution, actor, at)
	if err != nil {
		return fmt.Errorf("resolve dead letter %q: %w", id, translate(err))
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	d, err := s.DeadLetter(ctx, id)
	if err != nil {
		return err
	}
	return eventstore.DeadLetterResolved(d)
}

func scanLetter(row pgx.Row) (eventstore.DeadLetter, error) {
	var d eventstore.DeadLetter
	var fields []byte
	var resolvedAt *time.Time
	err := row.Scan(&d.ID, &d.Stream, &d.EntryID, &d.Group, &d.Reason, &d.CorrelationID, &d.SagaID, &d.EventType, &fields,
		&d.At, &d.Resolution, &d.ResolvedBy, &resolvedAt)
	if err != nil {
		return d, err
	}
	d.At, d.ResolvedAt = d.At.UTC(), timeOf(resolvedAt)
	d.Fields, err = letterfields.Decode(fields)
	return d, err
}
