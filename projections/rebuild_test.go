package projections_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/projections/projectiontest"
)

// TestRebuildWhileLive rebuilds while sagas go on and a runner projects them; readers that look all the while never see
// a table that is half there.
func TestRebuildWhileLive(t *testing.T) {
	onEach(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		pick := seeded(5)
		for range 80 {
			w.Happen(pick)
		}
		r := newRunner(t, store, projections.Options{BatchSize: 20, Linger: time.Millisecond})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		atLeast := len(w.Sagas())
		background(t, r)
		var steps int
		rebuilt, err := r.Rebuild(t.Context(), "saga_status", func(uint64, uint64) {
			steps++
			w.Happen(pick)
			page, err := r.Sagas(context.Background(), projections.Filter{Limit: 1000})
			if err != nil || len(page.Sagas) < atLeast {
				t.Errorf("a reader sees %d sagas of at least %d: %v", len(page.Sagas), atLeast, err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if steps == 0 || rebuilt.Projection != "sagas" {
			t.Errorf("%d steps, rebuilt %+v", steps, rebuilt)
		}
		w.Happen(pick)
		waitForAll(t, store, r)
		mustEqual(t, store, r)
	})
}

// TestRebuildPutsRowsRight and says how many were not.
func TestRebuildPutsRowsRight(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		pick := seeded(6)
		for range 60 {
			w.Happen(pick)
		}
		r := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{}}})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		rebuilt, err := r.Rebuild(t.Context(), "sagas", nil)
		if err != nil {
			t.Fatal(err)
		}
		for table, changed := range rebuilt.Changed {
			if changed != 0 {
				t.Errorf("%s was right, and %d rows were changed", table, changed)
			}
		}
		db, _ := store.(eventstore.SQLBackend).SQL()
		for _, statement := range []string{
			`CREATE VIEW my_view AS SELECT saga_id, status FROM saga_status`, // a rebuild must live with it
			`UPDATE saga_status SET status = 'wrong' WHERE CAST(saga_id AS text) = (SELECT min(CAST(saga_id AS text)) FROM saga_status)`,
			`DELETE FROM saga_steps`,
			`UPDATE correlations SET sagas = 99`,
			`UPDATE event_counts SET events = 0`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		rebuilt, err = r.Rebuild(t.Context(), "correlations", nil)
		if err != nil {
			t.Fatal(err)
		}
		if rebuilt.Changed["saga_status"] != 1 || rebuilt.Changed["saga_steps"] == 0 || rebuilt.Changed["correlations"] == 0 {
			t.Errorf("changed: %v", rebuilt.Changed)
		}
		mustEqual(t, store, r)
		if _, err := r.Rebuild(t.Context(), "counter", nil); err != nil {
			t.Fatal(err)
		}
		wantCounted(t, store)
	})
}

// TestANewVersionIsRebuilt, by CatchUp, and an older process stops writing.
func TestANewVersionIsRebuilt(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		w.Answer(w.Start("c"))
		older := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{version: 1}}})
		if err := older.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		newer := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{version: 2}}})
		if phase := statusOf(t, newer, "counter").Phase; phase != projections.Outdated {
			t.Errorf("phase before: %s", phase)
		}
		if err := newer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Answer(w.Start("d"))
		if err := older.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if phase := statusOf(t, older, "counter").Phase; phase != projections.Superseded {
			t.Errorf("phase of the older: %s", phase)
		}
		if err := newer.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := counted(t, store), 2*inLog(t, store); got != want { // version 2 counts double
			t.Errorf("counted %d, want %d", got, want)
		}
		mustEqual(t, store, newer)
	})
}

// TestRunRebuildsANewVersion beside everything else.
func TestRunRebuildsANewVersion(t *testing.T) {
	store := openSQLite(t)
	w := projectiontest.New(t, store, "w")
	w.Answer(w.Start("c"))
	older := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{version: 1}}})
	if err := older.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	newer := newRunner(t, store, projections.Options{Projections: []projections.Projection{&counter{version: 2}}})
	background(t, newer)
	until(t, func() bool { return statusOf(t, newer, "counter").Phase == projections.Current })
	if got, want := counted(t, store), 2*inLog(t, store); got != want {
		t.Errorf("counted %d, want %d", got, want)
	}
}

// TestALaterRebuildTakesOver: the first one notices, and touches nothing any more.
func TestALaterRebuildTakesOver(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		pick := seeded(8)
		for range 40 {
			w.Happen(pick)
		}
		r := newRunner(t, store, projections.Options{BatchSize: 10, Projections: []projections.Projection{&counter{}}})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		overtaken := false
		_, err := r.Rebuild(t.Context(), "counter", func(uint64, uint64) {
			if overtaken {
				return
			}
			overtaken = true
			if _, err := r.Rebuild(context.Background(), "counter", nil); err != nil {
				t.Errorf("the later one: %v", err)
			}
		})
		if !errors.Is(err, projections.ErrRebuildOvertaken) {
			t.Errorf("the first one: %v", err)
		}
		wantCounted(t, store)
		mustEqual(t, store, r)
	})
}

// TestARebuildThatDiesLeavesTheRowsAlone, and the next one begins again.
func TestARebuildThatDiesLeavesTheRowsAlone(t *testing.T) {
	onDatabases(t, func(t *testing.T, store eventstore.Store) {
		w := projectiontest.New(t, store, "w")
		pick := seeded(9)
		for range 40 {
			w.Happen(pick)
		}
		r := newRunner(t, store, projections.Options{BatchSize: 10, Projections: []projections.Projection{&counter{}}})
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, die := context.WithCancel(t.Context())
		_, err := r.Rebuild(ctx, "counter", func(uint64, uint64) { die() })
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error: %v", err)
		}
		wantCounted(t, store)
		if _, err := r.Rebuild(t.Context(), "counter", nil); err != nil {
			t.Fatal(err)
		}
		wantCounted(t, store)
	})
}

func TestRebuildOfNothing(t *testing.T) {
	r := newRunner(t, openSQLite(t), projections.Options{})
	if _, err := r.Rebuild(t.Context(), "nothing", nil); !errors.Is(err, projections.ErrNoProjection) {
		t.Errorf("error: %v", err)
	}
}
