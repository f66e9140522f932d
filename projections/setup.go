package projections

import (
	"context"
	"errors"
	"fmt"
)

func checkAll(projections []Projection) error {
	var faults []error
	owner := make(map[string]string)
	for _, p := range projections {
		if err := check(p); err != nil {
			faults = append(faults, err)
			continue
		}
		for _, name := range append([]string{p.Name()}, tableNames(p)...) {
			if other, taken := owner[name]; taken && (other != p.Name() || name == p.Name()) {
				faults = append(faults, fmt.Errorf("projection %s: the name %s is taken by projection %s", p.Name(), name, other))
			}
			owner[name] = p.Name()
		}
	}
	return errors.Join(faults...)
}

func (r *Runner) setUp(ctx context.Context) error {
	if r.options.Migrate || r.db.private {
		if err := r.db.migrate(ctx); err != nil {
			return err
		}
	} else if err := r.db.checkMigrated(ctx); err != nil {
		return err
	}
	r.progress = newProgressBoard(r.store.Lanes())
	if err := r.register(ctx); err != nil {
		return err
	}
	return r.load(ctx)
}

// register makes the tables and the checkpoints that are missing. Where nothing is, it does not write: so a program that
// only reads needs no right to do more.
func (r *Runner) register(ctx context.Context) error {
	missing := r.projections
	if !r.options.Migrate {
		var err error
		if missing, err = r.unregistered(ctx); err != nil || len(missing) == 0 {
			return err
		}
	}
	return r.db.write(ctx, func(tx *Tx) error {
		for _, p := range missing {
			if err := p.Setup(ctx, tx); err != nil {
				return fmt.Errorf("projection %s: %w", p.Name(), err)
			}
			if err := registerCheckpoints(ctx, tx, p.Name(), p.Version(), r.store.Lanes(), r.options.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Runner) unregistered(ctx context.Context) ([]Projection, error) {
	var missing []Projection
	for _, p := range r.projections {
		found, err := r.checkpoints(ctx, p.Name())
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			missing = append(missing, p)
		}
	}
	return missing, nil
}

// load makes a train of every projection that this process may write, at the place where its checkpoints stand.
func (r *Runner) load(ctx context.Context) error {
	r.trains = nil
	for _, p := range r.projections {
		found, err := r.checkpoints(ctx, p.Name())
		if err != nil {
			return err
		}
		if len(found) != r.store.Lanes() {
			return fmt.Errorf("projection %s has checkpoints for %d lanes, the store has %d; these are not the same log", p.Name(), len(found), r.store.Lanes())
		}
		r.superseded[p.Name()] = versionOf(found) > p.Version()
		if versionOf(found) == p.Version() {
			r.trains = append(r.trains, r.newTrain(cursorOf(found), p))
		}
	}
	r.join()
	r.publish()
	return nil
}

func (r *Runner) checkpoints(ctx context.Context, name string) (found []checkpoint, err error) {
	err = r.db.read(ctx, func(tx *Tx) error {
		found, err = readCheckpoints(ctx, tx, name)
		return err
	})
	return found, err
}
