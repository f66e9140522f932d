package projections

import (
	"context"
	"fmt"
	"slices"

	"github.com/skald-go/skald/eventstore"
)

// gather reads on from a cursor towards another, at most limit records, and returns them with the cursor after them.
// turn says which lane is read first, so that no lane waits for ever behind a busy one.
func gather(ctx context.Context, store eventstore.Store, at, towards eventstore.Cursor, limit, turn int) ([]eventstore.Record, eventstore.Cursor, error) {
	next := slices.Clone(at)
	var records []eventstore.Record
	for i := range at {
		lane := (turn + i) % len(at)
		room := limit - len(records)
		if room == 0 {
			break
		}
		if at[lane] >= towards[lane] {
			continue
		}
		room = min(room, int(towards[lane]-at[lane]))
		found, err := store.ReadLane(ctx, eventstore.Lane(lane), at[lane], room)
		if err != nil {
			return nil, nil, fmt.Errorf("read lane %d after offset %d: %w", lane, at[lane], err)
		}
		for j := range found {
			// Offsets are dense by contract. Going on over a gap would lose its events for good.
			if found[j].Offset != next[lane]+1 {
				return nil, nil, fmt.Errorf("lane %d: offset %d follows offset %d; the log is damaged, see skald replay verify", lane, found[j].Offset, next[lane])
			}
			next[lane] = found[j].Offset
		}
		records = append(records, found...)
	}
	return records, next, nil
}

// reached reports whether a cursor is nowhere behind another.
func reached(at, towards eventstore.Cursor) bool {
	for lane := range towards {
		if at[lane] < towards[lane] {
			return false
		}
	}
	return true
}
