package projections

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// Runner keeps the projections in step with the log, and answers questions from their rows. All methods may be called
// concurrently. Any number of runners, in any number of processes, may work on the same store.
type Runner struct {
	store       eventstore.Store
	db          *database
	options     Options
	projections []Projection // in order of name
	stepCounts  *stepCounts
	progress    *progressBoard

	mu         sync.Mutex // held while trains move
	trains     []*train
	superseded map[string]bool // projections that a newer process owns
	turn       int
}

// New makes a runner for the projections of a store. It connects to the store's database, or, for a store without one,
// opens a private one in memory, which is filled anew from the log by the first CatchUp or Run.
//
// A runner of a store that lasts must not outlive the store: its database is the store's.
func New(ctx context.Context, store eventstore.Store, options Options) (*Runner, error) {
	r := &Runner{
		store:       store,
		options:     options.withDefaults(),
		projections: append([]Projection{sagas{}}, options.Projections...),
		stepCounts:  newStepCounts(store),
		superseded:  make(map[string]bool),
	}
	if err := checkAll(r.projections); err != nil {
		return nil, err
	}
	sortByName(r.projections)
	db, err := openDatabase(store)
	if err != nil {
		return nil, err
	}
	r.db = db
	if err := r.setUp(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("set up projections: %w", err), db.close())
	}
	return r, nil
}

// Close releases what the runner opened. Run must have returned.
func (r *Runner) Close() error { return r.db.close() }

// Run keeps the projections in step until ctx ends, and then returns nil. Errors of the database or of a projection are
// logged and what failed is tried again, for ever, with growing waits; see Status. Projections whose version was raised
// are rebuilt meanwhile.
func (r *Runner) Run(ctx context.Context) error {
	var rebuilds sync.WaitGroup
	defer rebuilds.Wait()
	rebuilds.Go(func() { r.upgradeUntilDone(ctx) })

	appended := r.store.Appended(ctx)
	var retried time.Time
	for {
		if time.Since(retried) >= retryParkedEvery {
			r.retryParked(ctx)
			retried = time.Now()
		}
		began := time.Now()
		moved := r.round(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if !r.pause(ctx, appended, began, moved) {
			return nil
		}
	}
}

// pause waits until there is reason for another round, and reports false when ctx has ended.
func (r *Runner) pause(ctx context.Context, appended <-chan struct{}, began time.Time, moved bool) bool {
	limit := time.NewTimer(r.options.Poll)
	defer limit.Stop()
	if !moved {
		select {
		case <-ctx.Done():
			return false
		case <-appended:
		case <-r.progress.wanted:
			return true
		case <-limit.C:
			return true
		}
	}
	// Let a trickle gather; whoever waits for a place in the log need not wait for that.
	linger := time.NewTimer(r.options.Linger - time.Since(began))
	defer linger.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-r.progress.wanted:
	case <-linger.C:
	}
	return true
}

// round moves every train as far as the log reaches now. It reports whether any of them moved.
func (r *Runner) round(ctx context.Context) (moved bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	heads, err := r.store.Heads(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.options.Logger.WarnContext(ctx, "the log cannot be read now, trying again", "error", err)
		}
		return false
	}
	for _, t := range slices.Clone(r.trains) {
		if time.Now().Before(t.resume) {
			continue
		}
		moved = r.drive(ctx, t, heads) || moved
	}
	r.join()
	r.publish()
	return moved
}

// drive takes one train to the heads, or to its first error.
func (r *Runner) drive(ctx context.Context, t *train, heads eventstore.Cursor) (moved bool) {
	for {
		on, err := r.advance(ctx, t, heads)
		if err != nil {
			if ctx.Err() == nil {
				r.fail(ctx, t, err)
			}
			return moved
		}
		if !on {
			return moved
		}
		moved = true
		r.publish()
	}
}

// CatchUp takes every projection to where the log ended when CatchUp was called, in this goroutine, and rebuilds those
// whose version was raised. It returns the first error instead of trying again. It may run beside Run and beside other
// processes.
func (r *Runner) CatchUp(ctx context.Context) error {
	heads, err := r.store.Heads(ctx)
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	if err := r.upgrade(ctx); err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	r.retryParked(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		t := r.behind(heads)
		if t == nil {
			r.join()
			r.publish()
			return nil
		}
		_, err := r.advance(ctx, t, heads)
		switch {
		case errors.Is(err, errMoved), errors.Is(err, errSuperseded):
			r.fail(ctx, t, err)
		case err != nil:
			return fmt.Errorf("catch up: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("catch up: %w", err)
		}
	}
}

// behind is a train that has not reached the heads.
func (r *Runner) behind(heads eventstore.Cursor) *train {
	for _, t := range r.trains {
		if !reached(t.at, heads) {
			return t
		}
	}
	return nil
}

// publish tells those who wait where the built-in tables stand.
func (r *Runner) publish() {
	for _, t := range r.trains {
		for _, p := range t.members {
			if p.Name() == SagasProjection {
				r.progress.reached(t.at)
			}
		}
	}
}

func sortByName(projections []Projection) {
	slices.SortFunc(projections, func(a, b Projection) int { return cmp.Compare(a.Name(), b.Name()) })
}

func names(projections []Projection) string {
	all := make([]string, len(projections))
	for i, p := range projections {
		all[i] = p.Name()
	}
	return strings.Join(all, ", ")
}

func tableNames(p Projection) []string {
	tables := p.Tables()
	all := make([]string, len(tables))
	for i, table := range tables {
		all[i] = table.Name
	}
	return all
}
