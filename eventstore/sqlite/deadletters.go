package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/internal/letterfields"
)

// PutDeadLetter keeps a letter, unless one with its ID is there already.
func (s *Store) PutDeadLetter(ctx context.Context, d eventstore.DeadLetter) error {
	text := letterfields.Text
	err := s.writer.transact(ctx, func(ctx context.Context) error {
		_, err := s.writer.conn.ExecContext(ctx, putDeadLetterSQL, text(d.ID), text(d.Stream), text(d.EntryID), text(d.Group),
			text(d.Reason), text(d.CorrelationID), text(d.SagaID), text(d.EventType), string(letterfields.Encode(d.Fields)), d.At.UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("put dead letter %q: %w", d.ID, err)
	}
	return nil
}

// DeadLetters returns unresolved letters, newest first; see eventstore.DeadLetterStore.
func (s *Store) DeadLetters(ctx context.Context, before string, limit int) ([]eventstore.DeadLetter, error) {
	var letters []eventstore.DeadLetter
	rows, err := s.readers.QueryContext(ctx, deadLettersSQL, before, max(limit, 0))
	err = scan(rows, err, func(rows *sql.Rows) error {
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
	return letterOf(ctx, s.readers, id)
}

// ResolveDeadLetter records what a person did with a letter; see eventstore.DeadLetterStore.
func (s *Store) ResolveDeadLetter(ctx context.Context, id, resolution, actor string, at time.Time) error {
	return s.writer.transact(ctx, func(ctx context.Context) error {
		result, err := s.writer.conn.ExecContext(ctx, resolveDeadLetterSQL, resolution, actor, at.UnixMicro(), id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n == 1 || err != nil {
			return err
		}
		d, err := letterOf(ctx, s.writer.conn, id)
		if err != nil {
			return err
		}
		return eventstore.DeadLetterResolved(d)
	})
}

func letterOf(ctx context.Context, db querier, id string) (eventstore.DeadLetter, error) {
	d, err := scanLetter(db.QueryRowContext(ctx, deadLetterSQL, id))
	if errors.Is(err, sql.ErrNoRows) {
		return d, eventstore.NoDeadLetter(id)
	}
	if err != nil {
		return d, fmt.Errorf("read dead letter %q: %w", id, translate(err))
	}
	return d, nil
}

func scanLetter(r row) (eventstore.DeadLetter, error) {
	var d eventstore.DeadLetter
	var fields []byte
	var at int64
	var resolvedAt sql.NullInt64
	err := r.Scan(&d.ID, &d.Stream, &d.EntryID, &d.Group, &d.Reason, &d.CorrelationID, &d.SagaID, &d.EventType, &fields, &at,
		&d.Resolution, &d.ResolvedBy, &resolvedAt)
	if err != nil {
		return d, err
	}
	d.At, d.ResolvedAt = time.UnixMicro(at).UTC(), timeOf(resolvedAt)
	d.Fields, err = letterfields.Decode(fields)
	return d, err
}
