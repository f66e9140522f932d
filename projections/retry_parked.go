package projections

import (
	"context"
	"errors"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// retryParkedEvery is how often parked sagas are tried again while a process runs. What they wait for is mostly a newer
// process, which tries them when it starts.
const retryParkedEvery = time.Minute

// retryParked tries the parked sagas again. What fails is logged and left parked.
func (r *Runner) retryParked(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.trains {
		for _, p := range t.members {
			err := r.unparkAll(ctx, p)
			if err != nil && !errors.Is(err, errMoved) && ctx.Err() == nil {
				r.options.Logger.WarnContext(ctx, "parked sagas could not be tried again", "projection", p.Name(), "error", err)
			}
		}
	}
}

func (r *Runner) unparkAll(ctx context.Context, p Projection) error {
	var parked []Parked
	var found []checkpoint
	err := r.db.read(ctx, func(tx *Tx) (err error) {
		if parked, err = readParked(ctx, tx, p.Name()); err != nil {
			return err
		}
		found, err = readCheckpoints(ctx, tx, p.Name())
		return err
	})
	if err != nil {
		return err
	}
	for _, saga := range parked {
		if err := r.unpark(ctx, p, saga, cursorOf(found)); err != nil {
			return err
		}
	}
	return nil
}

// unpark folds the events that a parked saga has had no effect of, up to the checkpoint, and applies them. It does
// nothing when they still cannot be folded.
func (r *Runner) unpark(ctx context.Context, p Projection, parked Parked, at eventstore.Cursor) error {
	histories, err := r.store.ReadSagas(ctx, []domain.SagaID{parked.SagaID})
	if err != nil {
		return err
	}
	var missed []eventstore.Record
	for _, record := range histories[0] {
		if record.Offset >= parked.Position && record.Offset <= at[parked.Lane] {
			missed = append(missed, record)
		}
	}
	batch, err := r.newFolder().fold(ctx, missed)
	if err != nil || len(batch.broken) > 0 {
		return err
	}
	err = r.db.write(ctx, func(tx *Tx) error {
		if err := claim(ctx, tx, p.Name(), p.Version(), at); err != nil {
			return err
		}
		removed, err := tx.Exec(ctx, sqlDeleteParked, p.Name(), parked.SagaID.String())
		if err != nil {
			return err
		}
		if removed == 0 || len(batch.batch.Events) == 0 {
			return nil // another process was faster
		}
		return p.Apply(ctx, tx, batch.batch)
	})
	if err == nil {
		r.options.Logger.InfoContext(ctx, "parked saga goes on", "projection", p.Name(), "saga_id", parked.SagaID.String())
	}
	return err
}
