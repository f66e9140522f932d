package projections

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// progressBoard says how far the built-in tables are known to have come, and wakes those who wait for more.
type progressBoard struct {
	wanted chan struct{} // somebody waits: the next round should come at once

	mu    sync.Mutex
	at    eventstore.Cursor
	moved chan struct{} // closed when at moves
}

func newProgressBoard(lanes int) *progressBoard {
	return &progressBoard{
		wanted: make(chan struct{}, 1),
		at:     make(eventstore.Cursor, lanes),
		moved:  make(chan struct{}),
	}
}

// reached notes that the tables hold everything up to a cursor. It never goes back.
func (b *progressBoard) reached(at eventstore.Cursor) {
	b.mu.Lock()
	defer b.mu.Unlock()
	changed := false
	next := slices.Clone(b.at)
	for lane := range at {
		if at[lane] > next[lane] {
			next[lane], changed = at[lane], true
		}
	}
	if changed {
		b.at = next
		close(b.moved)
		b.moved = make(chan struct{})
	}
}

// look is the place in a lane, and a channel that is closed when any place changes.
func (b *progressBoard) look(lane eventstore.Lane) (eventstore.Offset, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at[lane], b.moved
}

func (b *progressBoard) want() {
	select {
	case b.wanted <- struct{}{}:
	default:
	}
}

// WaitFor blocks until the built-in tables hold everything up to an offset of a lane, so that what an append has just
// told is there to be read. It returns ctx's error when that ends first. Somebody must be moving the projections: a Run
// of this runner, which is woken, or another process, whose checkpoints are looked at every Options.Poll.
func (r *Runner) WaitFor(ctx context.Context, lane eventstore.Lane, offset eventstore.Offset) error {
	if int(lane) >= r.store.Lanes() {
		return fmt.Errorf("wait for lane %d: the store has %d lanes", lane, r.store.Lanes())
	}
	poll := time.NewTicker(r.options.Poll)
	defer poll.Stop()
	for {
		at, moved := r.progress.look(lane)
		if at >= offset {
			return nil
		}
		r.progress.want()
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for offset %d of lane %d: the tables are at %d: %w", offset, lane, at, ctx.Err())
		case <-moved:
		case <-poll.C:
			found, err := r.checkpoints(ctx, SagasProjection)
			if err != nil {
				continue // the deadline of ctx bounds how long that may go on
			}
			r.progress.reached(cursorOf(found))
		}
	}
}
