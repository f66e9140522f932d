package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
	rows, err := s.readers.QueryContext(ctx, readLaneSQL, lane, after, limit)
	err = scan(rows, err, func(rows *sql.Rows) error {
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
	type ask struct {
		Lane eventstore.Lane `json:"lane"`
		ID   string          `json:"id"`
	}
	wanted := make([]ask, len(ids))
	for i, id := range ids {
		wanted[i] = ask{eventstore.LaneOfSaga(id, s.lanes), hex.EncodeToString(id[:])}
	}
	list, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	histories := make([][]eventstore.Record, len(ids))
	rows, err := s.readers.QueryContext(ctx, readSagasSQL, string(list))
	err = scan(rows, err, func(rows *sql.Rows) error {
		var i int
		record, err := scanRecord(rows, &i)
		if err == nil {
			histories[i] = append(histories[i], record)
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
	heads := make(eventstore.Cursor, 0, s.lanes)
	rows, err := s.readers.QueryContext(ctx, headsSQL)
	err = scan(rows, err, func(rows *sql.Rows) error {
		var head eventstore.Offset
		err := rows.Scan(&head)
		heads = append(heads, head)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the heads of the lanes: %w", translate(err))
	}
	return heads, nil
}

// scan calls each for every row and closes rows. err is the query's.
func scan(rows *sql.Rows, err error, each func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := each(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// scanRecord reads the columns of an event; columns before them go to the given places.
func scanRecord(rows *sql.Rows, before ...any) (eventstore.Record, error) {
	var r eventstore.Record
	var id, hash sql.RawBytes
	var recordedAt int64
	err := rows.Scan(append(before, &r.Lane, &r.Offset, &id, &r.CorrelationID, &r.Version, &r.Type, &r.SchemaVersion,
		&r.Payload, &recordedAt, &r.CausationID, &r.Trace, &hash)...)
	if err != nil {
		return r, err
	}
	if len(id) != len(r.SagaID) || len(hash) != len(r.Hash) {
		return r, fmt.Errorf("lane %d offset %d: a saga id of %d bytes, a hash of %d", r.Lane, r.Offset, len(id), len(hash))
	}
	copy(r.SagaID[:], id)
	copy(r.Hash[:], hash)
	r.RecordedAt = time.UnixMicro(recordedAt).UTC()
	return r, nil
}
