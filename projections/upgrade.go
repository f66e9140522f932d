package projections

import (
	"context"
	"errors"
	"time"
)

// upgrade rebuilds the projections whose rows are of an older version.
func (r *Runner) upgrade(ctx context.Context) error {
	for _, p := range r.projections {
		found, err := r.checkpoints(ctx, p.Name())
		if err != nil {
			return err
		}
		if versionOf(found) >= p.Version() {
			continue
		}
		r.options.Logger.InfoContext(ctx, "projection has a new version, rebuilding", "projection", p.Name())
		if _, err := r.Rebuild(ctx, p.Name(), nil); err != nil && !errors.Is(err, ErrRebuildOvertaken) {
			return err
		}
	}
	return nil
}

// upgradeUntilDone is upgrade with retries, for Run.
func (r *Runner) upgradeUntilDone(ctx context.Context) {
	for attempt := 1; ; attempt++ {
		err := r.upgrade(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		wait := backoff(attempt)
		r.options.Logger.ErrorContext(ctx, "projection could not be rebuilt, trying again", "attempt", attempt, "wait", wait, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
