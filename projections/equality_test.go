package projections_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/memory"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/projections/projectiontest"
)

// differences compares the built-in tables with fresh folds of every history: promise 3.
func differences(ctx context.Context, store eventstore.Store, r *projections.Runner) ([]string, error) {
	var found []string
	last := domain.SagaID(slices.Repeat([]byte{0xff}, 16))
	for lane := range eventstore.Lane(store.Lanes()) {
		snapshot, err := r.Snapshot(ctx, lane, domain.SagaID{}, last)
		if err != nil {
			return nil, err
		}
		heads, err := store.SagaHeads(ctx, lane, domain.SagaID{}, 1000)
		if err != nil {
			return nil, err
		}
		ids := snapshot.IDs()
		for _, head := range heads {
			if !slices.Contains(ids, head.SagaID) {
				ids = append(ids, head.SagaID)
			}
		}
		histories, err := store.ReadSagas(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			some, err := snapshot.Differences(ctx, id, histories[i])
			if err != nil {
				return nil, err
			}
			for _, text := range some {
				found = append(found, id.String()+": "+text)
			}
		}
	}
	wrong, err := r.WrongConversations(ctx)
	for id, text := range wrong {
		found = append(found, id+": "+text)
	}
	return found, err
}

// mustEqual fails the test when rows and folds part.
func mustEqual(t projectiontest.TB, store eventstore.Store, r *projections.Runner) {
	t.Helper()
	found, err := differences(context.Background(), store, r)
	if err != nil {
		t.Fatalf("compare: %v", err)
	}
	if len(found) > 0 {
		t.Fatalf("rows differ from a fresh fold:\n%s", strings.Join(found, "\n"))
	}
}

// TestRowsEqualAFreshFold lets random sagas live through random things, with batches and caches of any size and the
// runner made anew at any moment, and compares the rows with the histories when they have caught up.
func TestRowsEqualAFreshFold(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
			liveAndCompare(t, memory.New(4), "w", rapid.IntRange(1, 40).Draw(t, "happenings"), pick)
		})
	})
	// A database lasts, and its histories grow: a few long lives tell as much as many short ones.
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		for seed := range uint64(5) {
			liveAndCompare(t, store, fmt.Sprintf("w%d", seed), 80, seeded(seed))
		}
	})
}

func liveAndCompare(t projectiontest.TB, store eventstore.Store, name string, happenings int, pick func(n int) int) {
	t.Helper()
	ctx := context.Background()
	w := projectiontest.New(t, store, name)
	open := func() *projections.Runner {
		r, err := projections.New(ctx, store, projections.Options{Migrate: true, BatchSize: 1 + pick(20), CacheSize: 1 + pick(3)})
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		return r
	}
	r := open()
	defer func() { _ = r.Close() }()
	for range happenings {
		w.Happen(pick)
		switch pick(12) {
		case 0:
			_ = r.Close()
			r = open()
		case 1, 2, 3:
			if err := r.CatchUp(ctx); err != nil {
				t.Fatalf("catch up: %v", err)
			}
			mustEqual(t, store, r)
		}
	}
	if err := r.CatchUp(ctx); err != nil {
		t.Fatalf("catch up: %v", err)
	}
	mustEqual(t, store, r)
}

// TestDifferencesAreFound: the comparison itself would find a wrong row.
func TestDifferencesAreFound(t *testing.T) {
	store := openSQLite(t)
	w := projectiontest.New(t, store, "w")
	id := w.Start("c")
	w.Answer(id)
	r := newRunner(t, store, projections.Options{})
	if err := r.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, store, r)
	db, _ := store.(eventstore.SQLBackend).SQL()
	for _, tamper := range []struct{ statement, want string }{
		{`UPDATE saga_status SET status = 'completed'`, `saga_status: status is "completed", the history says "running"`},
		{`UPDATE saga_status SET status = 'running', progress = 0.1`, `saga_status: progress is 0.1`},
		{`DELETE FROM saga_steps WHERE step = 'send_mail'`, `saga_steps: no row for step send_mail`},
		{`UPDATE correlations SET open = 7`, `c: the row in correlations is not the sum over saga_status`},
		{`DELETE FROM correlations`, `c: correlations has no row`},
		{`DELETE FROM saga_status`, `there is no row in saga_status`},
	} {
		if _, err := db.ExecContext(t.Context(), tamper.statement); err != nil {
			t.Fatal(err)
		}
		found, err := differences(t.Context(), store, r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(found, "\n"), tamper.want) {
			t.Errorf("after %s: found %q, want %q among them", tamper.statement, found, tamper.want)
		}
	}
}
