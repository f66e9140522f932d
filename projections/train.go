package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// train is a set of projections that stand at the same place and travel together: one read, one fold, one transaction.
// One that fails gets out and goes on alone, so that the others need not wait; when it has caught up it gets in again.
type train struct {
	members  []Projection // in order of name, which is the order of their locks
	at       eventstore.Cursor
	folder   *folder
	failures int       // in a row
	fault    error     // the last one
	resume   time.Time // not before this moment, after a failure
}

// applyError is an error of one projection's Apply.
type applyError struct {
	projection Projection
	err        error
}

func (e *applyError) Error() string {
	return fmt.Sprintf("projection %s: %v", e.projection.Name(), e.err)
}
func (e *applyError) Unwrap() error { return e.err }

// advance takes a train one batch towards a cursor and reports whether it moved.
func (r *Runner) advance(ctx context.Context, t *train, towards eventstore.Cursor) (bool, error) {
	r.turn++
	records, next, err := gather(ctx, r.store, t.at, towards, r.options.BatchSize, r.turn)
	if err != nil || len(records) == 0 {
		return false, err
	}
	batch, err := t.folder.fold(ctx, records)
	if err != nil {
		return false, err
	}
	err = r.db.write(ctx, func(tx *Tx) error {
		if err := tx.lookUpByKey(ctx); err != nil {
			return err
		}
		for _, p := range t.members {
			if err := claim(ctx, tx, p.Name(), p.Version(), t.at); err != nil {
				return &applyError{projection: p, err: err}
			}
		}
		for _, p := range t.members {
			if err := r.apply(ctx, tx, p, p.Name(), batch, t.at, next); err != nil {
				return &applyError{projection: p, err: err}
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	t.folder.keep(batch.states)
	t.at = next
	t.failures, t.fault = 0, nil
	for _, b := range batch.broken {
		r.options.Logger.WarnContext(ctx, "saga parked: its rows stand still until it can be folded",
			"saga_id", b.id.String(), "lane", b.lane, "offset", b.position, "version", b.version, "error", b.reason)
	}
	return true, nil
}

// apply writes one batch for one projection, under the name that its checkpoints have, and moves the checkpoint.
func (r *Runner) apply(ctx context.Context, tx *Tx, p Projection, name string, batch folded, from, to eventstore.Cursor) error {
	parked, err := readParked(ctx, tx, name)
	if err != nil {
		return err
	}
	if rest := batch.batch.without(parked); len(rest.Events) > 0 {
		if err := p.Apply(ctx, tx, rest); err != nil {
			return err
		}
	}
	now := r.options.Now()
	if err := park(ctx, tx, name, batch.broken, now); err != nil {
		return err
	}
	return saveCheckpoints(ctx, tx, name, p.Version(), from, to, now)
}

// fail decides what becomes of a train after an error.
func (r *Runner) fail(ctx context.Context, t *train, err error) {
	var failed *applyError
	alone := errors.As(err, &failed)
	switch {
	case errors.Is(err, errMoved):
		// Another process was faster; its rows are as good as ours. It may go on being faster: let it.
		r.reload(ctx, t)
		return
	case errors.Is(err, errSuperseded):
		r.remove(t, failed.projection)
		r.superseded[failed.projection.Name()] = true
		r.options.Logger.WarnContext(ctx, "projection stopped in this process", "projection", failed.projection.Name(), "error", errSuperseded)
		return
	case alone && len(t.members) > 1:
		r.remove(t, failed.projection)
		t = r.newTrain(slices.Clone(t.at), failed.projection)
		r.trains = append(r.trains, t)
	}
	t.failures++
	t.fault = err
	wait := backoff(t.failures)
	t.resume = time.Now().Add(wait)
	r.options.Logger.ErrorContext(ctx, "projections stand still, trying again",
		"projection", names(t.members), "attempt", t.failures, "wait", wait, "error", err)
}

// backoff is the wait after a number of failures in a row: 100ms, doubled up to 10s.
func backoff(failures int) time.Duration {
	return min(100*time.Millisecond<<min(failures-1, 10), 10*time.Second)
}

// reload puts every member of a train where its checkpoints stand now. When that cannot be read, the train tries as it
// is and comes back here.
func (r *Runner) reload(ctx context.Context, t *train) {
	places := make(map[string]eventstore.Cursor, len(t.members))
	err := r.db.read(ctx, func(tx *Tx) error {
		for _, p := range t.members {
			found, err := readCheckpoints(ctx, tx, p.Name())
			if err != nil {
				return err
			}
			places[p.Name()] = cursorOf(found)
		}
		return nil
	})
	if err != nil {
		t.resume = time.Now().Add(r.options.Poll)
		return
	}
	r.trains = slices.DeleteFunc(r.trains, func(other *train) bool { return other == t })
	for _, p := range t.members {
		fresh := r.newTrain(places[p.Name()], p)
		if slices.Equal(places[p.Name()], places[t.members[0].Name()]) {
			fresh.folder = t.folder // the states are worth keeping; join makes one train of those that share a place
		}
		r.trains = append(r.trains, fresh)
	}
	r.join()
}

// join makes one train of those that stand at the same place.
func (r *Runner) join() {
	var joined []*train
	for _, t := range r.trains {
		same := slices.IndexFunc(joined, func(other *train) bool {
			return other.failures == 0 && t.failures == 0 && slices.Equal(other.at, t.at)
		})
		if same < 0 {
			joined = append(joined, t)
			continue
		}
		joined[same].members = append(joined[same].members, t.members...)
		sortByName(joined[same].members)
	}
	r.trains = joined
}

// remove takes a projection out of a train, and the train off the line when it was the last.
func (r *Runner) remove(t *train, p Projection) {
	t.members = slices.DeleteFunc(t.members, func(other Projection) bool { return other.Name() == p.Name() })
	if len(t.members) == 0 {
		r.trains = slices.DeleteFunc(r.trains, func(other *train) bool { return other == t })
	}
}

func (r *Runner) newTrain(at eventstore.Cursor, members ...Projection) *train {
	return &train{members: members, at: at, folder: r.newFolder()}
}

func (r *Runner) newFolder() *folder {
	return &folder{store: r.store, states: newStates(r.options.CacheSize), definitions: r.stepCounts}
}
