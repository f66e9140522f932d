package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// ReadLane returns up to limit events of a lane after the given offset; see eventstore.Store.
func (s *Store) ReadLane(
	ctx context.Context, lane eventstore.Lane, after eventstore.Offset, limit int,
) ([]eventstore.Record, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	var records []eventstore.Record
	rows, err := s.pool.Query(ctx, s.queries.readLane, int32(lane), int64(after), limit)
	err = scan(rows, err, func(rows pgx.Rows) error {
		record, err := scanRecord(rows)
		records = append(records, record)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read lane %d: %w", lane, translate(err))
	}
	return records, nil
}

// ReadSagas returns whole histories; see eventstore.Store.
func (s *Store) ReadSagas(ctx context.Context, ids []domain.SagaID) ([][]eventstore.Record, error) {
	lanes, keys := make([]int16, len(ids)), make([][16]byte, len(ids))
	for i, id := range ids {
		lanes[i], keys[i] = int16(eventstore.LaneOfSaga(id, s.lanes)), id
	}
	histories := make([][]eventstore.Record, len(ids))
	rows, err := s.pool.Query(ctx, s.queries.readSagas, lanes, keys)
	err = scan(rows, err, func(rows pgx.Rows) error {
		var place int64
		record, err := scanRecord(rows, &place)
		if err == nil {
			histories[place-1] = append(histories[place-1], record)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the histories of %d sagas: %w", len(ids), translate(err))
	}
	return histories, nil
}

// Heads returns the offset of the last event of each lane.
func (s *Store) Heads(ctx context.Context) (eventstore.Cursor, error) {
	rows, err := s.pool.Query(ctx, s.queries.heads)
	if err == nil {
		var heads []eventstore.Offset
		if heads, err = pgx.CollectRows(rows, pgx.RowTo[eventstore.Offset]); err == nil {
			return heads, nil
		}
	}
	return nil, fmt.Errorf("read the heads of the lanes: %w", translate(err))
}

// scanRecord reads the columns of an event; columns before them go to the given places.
func scanRecord(rows pgx.Rows, before ...any) (eventstore.Record, error) {
	var r eventstore.Record
	var hash []byte
	var recordedAt time.Time
	err := rows.Scan(append(before, &r.Lane, &r.Offset, (*[16]byte)(&r.SagaID), &r.CorrelationID, &r.Version, &r.Type,
		&r.SchemaVersion, &r.Payload, &recordedAt, &r.CausationID, &r.Trace, &hash)...)
	if err != nil {
		return r, err
	}
	if len(hash) != len(r.Hash) {
		return r, fmt.Errorf("lane %d offset %d: a hash of %d bytes", r.Lane, r.Offset, len(hash))
	}
	copy(r.Hash[:], hash)
	r.RecordedAt = recordedAt.UTC()
	return r, nil
}
