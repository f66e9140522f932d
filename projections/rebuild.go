package projections

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// Rebuilt tells what a rebuild did.
type Rebuilt struct {
	Projection string           `json:"projection"`
	Events     uint64           `json:"events"`  // folded
	Changed    map[string]int64 `json:"changed"` // rows written or removed, by table; 0 when the table was right
	Elapsed    time.Duration    `json:"elapsed"`
}

// Rebuild makes a projection's rows anew from the whole log. name is that of the projection or of one of its tables.
//
// It fills shadow tables beside the real ones, which go on being written and read meanwhile, and then, in one
// transaction, makes the real ones equal to them. Only rows that differ are written; readers see the old rows until
// they see the new ones. A rebuild that dies leaves the real tables as they were; the next one begins again.
//
// progress, if not nil, is called now and then with the number of events folded and the number there were at the start.
// The error is ErrNoProjection, ErrRebuildOvertaken, ctx's, or the database's.
func (r *Runner) Rebuild(ctx context.Context, name string, progress func(done, total uint64)) (Rebuilt, error) {
	p, err := r.find(name)
	if err != nil {
		return Rebuilt{}, err
	}
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	began := time.Now()
	b := &rebuild{Runner: r, projection: p, name: newRebuildName(p), shadow: newShadow(p), folder: r.newFolder()}
	result, err := b.run(ctx, progress)
	if err != nil {
		return Rebuilt{}, fmt.Errorf("rebuild projection %s: %w", p.Name(), err)
	}
	result.Elapsed = time.Since(began)
	r.options.Logger.InfoContext(ctx, "projection rebuilt", "projection", p.Name(), "count", result.Events, "elapsed", result.Elapsed)
	return result, r.reloadAll(ctx)
}

func (r *Runner) find(name string) (Projection, error) {
	for _, p := range r.projections {
		if p.Name() == name || slices.Contains(tableNames(p), name) {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%q: %w; there are: %s", name, ErrNoProjection, names(r.projections))
}

// reloadAll finds the trains' places anew after the checkpoints were moved under them.
func (r *Runner) reloadAll(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.load(ctx)
}

// rebuild is one rebuild under way. Its checkpoints stand under a name that no other rebuild has; a later rebuild
// removes them, and so takes over.
type rebuild struct {
	*Runner
	projection Projection
	name       string
	shadow     *shadow
	folder     *folder
	at         eventstore.Cursor
	events     uint64
}

func rebuildPrefix(p Projection) string { return p.Name() + " rebuild " }

func newRebuildName(p Projection) string {
	var token [8]byte
	_, _ = rand.Read(token[:]) // never fails
	return rebuildPrefix(p) + hex.EncodeToString(token[:])
}

func (b *rebuild) run(ctx context.Context, progress func(done, total uint64)) (Rebuilt, error) {
	if err := b.begin(ctx); err != nil {
		return Rebuilt{}, err
	}
	heads, err := b.store.Heads(ctx)
	if err != nil {
		return Rebuilt{}, err
	}
	var total uint64
	for _, head := range heads {
		total += uint64(head)
	}
	for {
		if err := b.fill(ctx, heads, func() { progress(b.events, max(total, b.events)) }); err != nil {
			return Rebuilt{}, err
		}
		changed, behind, err := b.swap(ctx)
		if err != nil {
			return Rebuilt{}, err
		}
		if behind == nil {
			return Rebuilt{Projection: b.projection.Name(), Events: b.events, Changed: changed}, nil
		}
		heads = behind // the real tables have moved on; follow them before taking their place
	}
}

// begin makes empty shadow tables and takes over from any rebuild before this one.
func (b *rebuild) begin(ctx context.Context) error {
	b.at = make(eventstore.Cursor, b.store.Lanes())
	return b.db.write(ctx, func(tx *Tx) error {
		// The real checkpoints' lock keeps two rebuilds from beginning at once.
		live, err := lockCheckpoints(ctx, tx, b.projection.Name())
		if err != nil {
			return err
		}
		if versionOf(live) > b.projection.Version() {
			return errSuperseded
		}
		if err := forgetRebuilds(ctx, tx, b.projection); err != nil {
			return err
		}
		for _, table := range b.projection.Tables() {
			if err := createShadow(ctx, tx, table.Name); err != nil {
				return fmt.Errorf("shadow of %s: %w", table.Name, err)
			}
		}
		return registerCheckpoints(ctx, tx, b.name, b.projection.Version(), b.store.Lanes(), b.options.Now())
	})
}

// forgetRebuilds removes what rebuilds before this one have left.
func forgetRebuilds(ctx context.Context, tx *Tx, p Projection) error {
	left, err := rebuildsOf(ctx, tx, p)
	if err != nil {
		return err
	}
	for _, name := range left {
		if _, err := tx.Exec(ctx, sqlDeleteCheckpoints, name); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDeleteAllParked, name); err != nil {
			return err
		}
	}
	return nil
}

func rebuildsOf(ctx context.Context, tx *Tx, p Projection) ([]string, error) {
	rows, err := tx.Query(ctx, sqlRebuildsOf, rebuildPrefix(p)+"%")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, rebuildPrefix(p)) { // an underscore in LIKE stands for any letter
			found = append(found, name)
		}
	}
	return found, rows.Err()
}

// fill reads the log into the shadow tables up to the given heads.
func (b *rebuild) fill(ctx context.Context, heads eventstore.Cursor, step func()) error {
	for turn := 0; !reached(b.at, heads); turn++ {
		records, next, err := gather(ctx, b.store, b.at, heads, b.options.BatchSize, turn)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return errors.New("the log ends before its head; see skald replay verify")
		}
		batch, err := b.folder.fold(ctx, records)
		if err != nil {
			return err
		}
		if err := b.write(ctx, batch, next); err != nil {
			return err
		}
		b.folder.keep(batch.states)
		b.at = next
		b.events += uint64(len(records))
		step()
	}
	return nil
}

func (b *rebuild) write(ctx context.Context, batch folded, next eventstore.Cursor) error {
	err := b.db.write(ctx, func(tx *Tx) error {
		if err := claim(ctx, tx, b.name, b.projection.Version(), b.at); err != nil {
			return err
		}
		tx.shadow = b.shadow
		return b.apply(ctx, tx, b.projection, b.name, batch, b.at, next)
	})
	if errors.Is(err, errMoved) {
		return ErrRebuildOvertaken
	}
	return err
}

// swap makes the real tables equal to the shadows and moves the real checkpoints to theirs. When the real tables have
// come further meanwhile it does nothing and returns where they are.
func (b *rebuild) swap(ctx context.Context) (changed map[string]int64, behind eventstore.Cursor, err error) {
	changed = make(map[string]int64)
	err = b.db.write(ctx, func(tx *Tx) error {
		live, err := lockCheckpoints(ctx, tx, b.projection.Name())
		if err != nil {
			return err
		}
		if versionOf(live) > b.projection.Version() {
			return errSuperseded
		}
		if at := cursorOf(live); !reached(b.at, at) {
			behind = furthest(b.at, at)
			return nil
		}
		if err := claim(ctx, tx, b.name, b.projection.Version(), b.at); err != nil {
			return err
		}
		for _, table := range b.projection.Tables() {
			if changed[table.Name], err = replaceRows(ctx, tx, table); err != nil {
				return fmt.Errorf("take over %s: %w", table.Name, err)
			}
		}
		return b.end(ctx, tx)
	})
	if errors.Is(err, errMoved) {
		err = ErrRebuildOvertaken
	}
	return changed, behind, err
}

// end moves checkpoints and parked sagas from the rebuild's name to the projection's, and drops the shadows.
func (b *rebuild) end(ctx context.Context, tx *Tx) error {
	name := b.projection.Name()
	everywhere := make(eventstore.Cursor, len(b.at))
	for lane := range everywhere {
		everywhere[lane] = ^b.at[lane] // differs in every lane: each is written, with the version
	}
	if err := saveCheckpoints(ctx, tx, name, b.projection.Version(), everywhere, b.at, b.options.Now()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDeleteAllParked, name); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlRenameParked, b.name, name); err != nil {
		return err
	}
	if err := forgetRebuilds(ctx, tx, b.projection); err != nil {
		return err
	}
	for _, table := range b.projection.Tables() {
		if _, err := tx.Exec(ctx, "DROP TABLE "+table.Name+shadowSuffix); err != nil {
			return err
		}
	}
	return nil
}

func furthest(a, b eventstore.Cursor) eventstore.Cursor {
	out := slices.Clone(a)
	for lane := range b {
		out[lane] = max(out[lane], b[lane])
	}
	return out
}
