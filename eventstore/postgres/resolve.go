package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/eventstore"
)

// Waits between tries to reach a server that was lost.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
)

// resolve finds out what became of a call whose answer was lost, and makes good what did not happen. It tries until the
// server answers or ctx ends; then the error wraps ErrAmbiguous.
//
// The call may still be on its way: in the server's socket, or waiting for a lane. That is why reading back and appending
// again are one transaction under the locks of the lanes. A straggler that gets them before us has committed when we read;
// one that gets them after us finds the versions moved on and writes nothing.
func (s *Store) resolve(ctx context.Context, c *call, lost error) ([]eventstore.LaneResult, error) {
	s.options.Logger.WarnContext(ctx, "lost the event store while it committed; reading back", "error", lost)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		results, err := s.readBackOrAppend(ctx, c)
		if err == nil {
			return results, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %w (%w)", eventstore.ErrAmbiguous, lost, ctx.Err())
		}
		if !isAmbiguous(err) && !errors.Is(translate(err), eventstore.ErrUnavailable) {
			// The server refuses what it was asked to read; what became of the call stays unknown.
			return nil, fmt.Errorf("%w: %w; reading back: %w", eventstore.ErrAmbiguous, lost, err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

func (s *Store) readBackOrAppend(ctx context.Context, c *call) ([]eventstore.LaneResult, error) {
	var results []eventstore.LaneResult
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		heads, err := s.lockLanes(ctx, tx, c)
		if err != nil {
			return err
		}
		answer, err := s.readBack(ctx, tx, c)
		if err != nil {
			return err
		}
		if answer.committed() {
			results = answer.results(c, heads)
			return nil
		}
		results, err = s.sendOn(ctx, tx.Conn(), c)
		return err
	})
	return results, err
}

// lockLanes waits for all appends to the call's lanes and returns their heads in the order of the call.
func (s *Store) lockLanes(ctx context.Context, tx pgx.Tx, c *call) ([]eventstore.Offset, error) {
	lanes := make([]int16, len(c.order))
	for n, i := range c.order {
		lanes[n] = int16(c.batches[i].Lane)
	}
	rows, err := tx.Query(ctx, s.queries.lockLanes, lanes)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[eventstore.Offset])
}

// readBack asks for each saga of the call whether the call wrote it.
func (s *Store) readBack(ctx context.Context, tx pgx.Tx, c *call) (whatBecame, error) {
	answer := make(whatBecame, 0, len(c.sagas))
	lanes, ids, expected := make([]int16, len(c.sagas)), make([][16]byte, len(c.sagas)), make([]int64, len(c.sagas))
	for i, saga := range c.sagas {
		lanes[i] = int16(eventstore.LaneOfSaga(saga.SagaID, s.lanes))
		ids[i], expected[i] = saga.SagaID, int64(saga.ExpectedVersion)
	}
	rows, err := tx.Query(ctx, s.queries.readBack, c.id, lanes, ids, expected)
	err = scan(rows, err, func(rows pgx.Rows) error {
		saga := len(answer)
		found, err := scanFound(rows, c.sagas[saga], c.digests[saga])
		answer = append(answer, found)
		return err
	})
	return answer, err
}

// whatBecame tells what became of each saga of a call, in the order of the call.
type whatBecame []found

// found is what the store says about one saga.
type found struct {
	version uint64
	mine    bool              // the call was the last to write the saga
	won     bool              // the call wrote the saga
	unmoved bool              // the saga has the version that the call expected
	first   eventstore.Offset // of the saga's events, when it won
}

// scanFound reads a row of read_back. The call wrote the saga if it was the last to do so; or, when others have written
// since, if the event after the expected version is the one it was to write.
func scanFound(rows pgx.Rows, saga *eventstore.SagaAppend, digest [32]byte) (found, error) {
	var f found
	var place int64
	var offset, schema *int64
	var kind, causationID, trace *string
	var payload []byte
	var recordedAt *time.Time
	err := rows.Scan(&place, &f.version, &f.mine, &offset, &kind, &schema, &payload, &recordedAt, &causationID, &trace)
	f.unmoved = f.version == saga.ExpectedVersion
	if err != nil || offset == nil {
		return f, err
	}
	f.first = eventstore.Offset(*offset)
	f.won = f.mine || digest == eventstore.EventDigest(saga.SagaID, saga.ExpectedVersion+1, eventstore.NewEvent{
		Type: *kind, SchemaVersion: int(*schema), Payload: payload, RecordedAt: *recordedAt, CausationID: *causationID, Trace: *trace,
	})
	return f, nil
}

// committed reports whether the call took effect. One in which every saga lost has none; it is made again, and loses again.
//
// A row that names the call is proof. An event that is the same as ours is proof too, but for one case: another writer
// may have decided the same in the same microsecond. So a saga that still stands at the version the call expected, and
// that a committed call would have moved, speaks against it.
func (w whatBecame) committed() bool {
	won, unmoved := false, false
	for _, f := range w {
		if f.mine {
			return true
		}
		won = won || f.won
		unmoved = unmoved || f.unmoved
	}
	return won && !unmoved
}

// results is the answer that was lost.
func (w whatBecame) results(c *call, heads []eventstore.Offset) []eventstore.LaneResult {
	results := make([]eventstore.LaneResult, len(c.batches))
	saga := 0
	for n, i := range c.order {
		r := eventstore.LaneResult{Lane: c.batches[i].Lane}
		for j := range c.batches[i].Sagas {
			in, f := &c.batches[i].Sagas[j], w[saga]
			saga++
			switch {
			case !f.won:
				r.Conflicts = append(r.Conflicts, eventstore.Conflict{SagaID: in.SagaID, Version: f.version})
			case r.First == 0:
				r.First, r.Head = f.first, f.first+eventstore.Offset(len(in.Events))-1
			default:
				r.Head += eventstore.Offset(len(in.Events))
			}
		}
		if r.First == 0 {
			r.Head = heads[n]
		}
		results[i] = r
	}
	return results
}
