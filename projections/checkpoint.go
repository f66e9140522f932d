package projections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// checkpoint is where a projection stands in one lane.
type checkpoint struct {
	lane      eventstore.Lane
	version   int // of the projection that wrote the rows
	position  eventstore.Offset
	updatedAt time.Time
}

// registerCheckpoints puts a projection at the start of every lane that it has no checkpoint in.
func registerCheckpoints(ctx context.Context, tx *Tx, projection string, version, lanes int, now time.Time) error {
	rows := make([]any, 0, 5*lanes)
	for lane := range lanes {
		rows = append(rows, projection, lane, version, 0, tx.Time(now))
	}
	if err := sqlInsertCheckpoint.exec(ctx, tx, rows); err != nil {
		return fmt.Errorf("register projection %s: %w", projection, err)
	}
	return nil
}

// readCheckpoints returns a projection's checkpoints in order of lane.
func readCheckpoints(ctx context.Context, tx *Tx, projection string) ([]checkpoint, error) {
	return queryCheckpoints(ctx, tx, sqlCheckpoints, projection)
}

// lockCheckpoints returns a projection's checkpoints and keeps everybody else from moving them until tx ends.
func lockCheckpoints(ctx context.Context, tx *Tx, projection string) ([]checkpoint, error) {
	query := sqlLockCheckpoints
	if tx.dialect == eventstore.SQLite {
		query = strings.TrimSuffix(query, "FOR UPDATE") // the transaction holds the only write lock there is
	}
	return queryCheckpoints(ctx, tx, query, projection)
}

func queryCheckpoints(ctx context.Context, tx *Tx, query, projection string) ([]checkpoint, error) {
	rows, err := tx.Query(ctx, query, projection)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints of %s: %w", projection, err)
	}
	defer func() { _ = rows.Close() }()
	var found []checkpoint
	for rows.Next() {
		var c checkpoint
		var updated moment
		if err := rows.Scan(&c.lane, &c.version, &c.position, &updated); err != nil {
			return nil, fmt.Errorf("read checkpoints of %s: %w", projection, err)
		}
		c.updatedAt = updated.Time
		found = append(found, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read checkpoints of %s: %w", projection, err)
	}
	return found, nil
}

// saveCheckpoints moves a projection from one cursor to another, in the lanes where they differ.
func saveCheckpoints(ctx context.Context, tx *Tx, projection string, version int, from, to eventstore.Cursor, now time.Time) error {
	var rows []any
	for lane := range to {
		if from[lane] != to[lane] {
			rows = append(rows, projection, lane, version, int64(to[lane]), tx.Time(now))
		}
	}
	if err := sqlSaveCheckpoint.exec(ctx, tx, rows); err != nil {
		return fmt.Errorf("save checkpoints of %s: %w", projection, err)
	}
	return nil
}

// claim locks a projection's checkpoints and makes sure that it stands at the given cursor under the given version: the
// compare of compare and set. The error is errMoved or errSuperseded when somebody else was there.
func claim(ctx context.Context, tx *Tx, projection string, version int, at eventstore.Cursor) error {
	found, err := lockCheckpoints(ctx, tx, projection)
	if err != nil {
		return err
	}
	if versionOf(found) > version {
		return errSuperseded
	}
	if versionOf(found) < version || !slices.Equal(cursorOf(found), at) {
		return errMoved
	}
	return nil
}

func cursorOf(checkpoints []checkpoint) eventstore.Cursor {
	cursor := make(eventstore.Cursor, len(checkpoints))
	for i, c := range checkpoints {
		cursor[i] = c.position
	}
	return cursor
}

// versionOf is the version that wrote the rows. All lanes carry the same: it changes for all of them in one transaction.
func versionOf(checkpoints []checkpoint) int {
	if len(checkpoints) == 0 {
		return 0
	}
	return checkpoints[0].version
}
