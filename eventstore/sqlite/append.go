package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/skald-go/skald/eventstore"
)

// Append writes the batches in one transaction; see eventstore.Store. The file's write lock stands in for the locks of
// the lanes.
func (s *Store) Append(ctx context.Context, batches []eventstore.LaneAppend) ([]eventstore.LaneResult, error) {
	if err := eventstore.ValidateAppend(batches, s.lanes); err != nil {
		return nil, err
	}
	results := make([]eventstore.LaneResult, len(batches))
	written := false
	err := s.writer.transact(ctx, func(ctx context.Context) error {
		for _, i := range ascending(batches) {
			result, err := s.writer.appendLane(ctx, &batches[i])
			if err != nil {
				return err
			}
			results[i] = result
			written = written || result.First > 0
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	if written {
		s.appended.Ring()
	}
	return results, nil
}

// ascending lists the batches' places in order of their lanes.
func ascending(batches []eventstore.LaneAppend) []int {
	order := make([]int, len(batches))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(batches[a].Lane, batches[b].Lane) })
	return order
}

func (w *writer) appendLane(ctx context.Context, batch *eventstore.LaneAppend) (eventstore.LaneResult, error) {
	result := eventstore.LaneResult{Lane: batch.Lane}
	var hash []byte
	if err := w.lane.QueryRowContext(ctx, batch.Lane).Scan(&result.Head, &hash); err != nil {
		return result, err
	}
	rows := eventRows{lane: batch.Lane, head: result.Head, hash: [32]byte(hash)}
	for i := range batch.Sagas {
		in := &batch.Sagas[i]
		won, err := w.writeSaga(ctx, batch.Lane, in)
		if err != nil {
			return result, err
		}
		if !won {
			conflict, err := w.conflict(ctx, batch.Lane, in)
			if err != nil {
				return result, err
			}
			result.Conflicts = append(result.Conflicts, conflict)
			continue
		}
		rows.add(in)
	}
	if rows.head == result.Head {
		return result, nil
	}
	if err := w.insert(ctx, &rows); err != nil {
		return result, err
	}
	result.First, result.Head = result.Head+1, rows.head
	_, err := w.updateLane.ExecContext(ctx, rows.head, rows.hash[:], batch.Lane)
	return result, err
}

// writeSaga compares and sets the saga's row; won is false when the expected version does not hold.
func (w *writer) writeSaga(ctx context.Context, lane eventstore.Lane, in *eventstore.SagaAppend) (won bool, err error) {
	var result sql.Result
	version := in.ExpectedVersion + uint64(len(in.Events))
	open, due := !in.Status.Terminal(), micros(in.NextDue)
	if in.ExpectedVersion == 0 {
		result, err = w.insertSaga.ExecContext(ctx, lane, in.SagaID[:], in.CorrelationID, in.Definition.Name, in.Definition.Version,
			in.Definition.Digest, version, string(in.Status), open, due)
	} else {
		result, err = w.updateSaga.ExecContext(ctx, version, string(in.Status), open, due, lane, in.SagaID[:], in.ExpectedVersion)
	}
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}

func (w *writer) conflict(ctx context.Context, lane eventstore.Lane, in *eventstore.SagaAppend) (eventstore.Conflict, error) {
	conflict := eventstore.Conflict{SagaID: in.SagaID}
	err := w.sagaVersion.QueryRowContext(ctx, lane, in.SagaID[:]).Scan(&conflict.Version)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return conflict, err
}

// eventColumns is the number of columns of an event's row.
const eventColumns = 11

// eventRows gathers the rows of a lane's events, chained from the lane's head.
type eventRows struct {
	lane   eventstore.Lane
	head   eventstore.Offset
	hash   [32]byte
	values []any
}

func (r *eventRows) add(in *eventstore.SagaAppend) {
	version := in.ExpectedVersion
	for i := range in.Events {
		e := &in.Events[i]
		version++
		r.head++
		r.hash = eventstore.ChainHash(r.hash, eventstore.EventDigest(in.SagaID, version, *e))
		hash := r.hash
		r.values = append(r.values, r.lane, r.head, in.SagaID[:], version, e.Type, e.SchemaVersion, string(e.Payload),
			e.RecordedAt.UnixMicro(), e.CausationID, e.Trace, hash[:])
	}
}

func (w *writer) insert(ctx context.Context, rows *eventRows) error {
	values := rows.values
	for len(values) > 0 {
		statement, n := w.insertEvents, eventsPerInsert*eventColumns
		if len(values) < n {
			statement, n = w.insertEvent, eventColumns
		}
		if _, err := statement.ExecContext(ctx, values[:n]...); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
