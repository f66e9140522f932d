package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
)

// Writers of other tables in the same process get their turn however busy the appends are, and the other way round.
func TestAppendsAndOthersTakeTurns(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "skald.db"))
	db, _ := store.SQL()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE notes (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var appends sync.WaitGroup
	for lane := range 4 {
		appends.Go(func() {
			for ctx.Err() == nil {
				appendOne(t, store, eventstore.Lane(lane), eventstoretest.NewSagaIn(store, eventstore.Lane(lane)).Continue(0, 4))
			}
		})
	}
	for range 50 {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatalf("BeginTx: %v", err)
		}
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO notes VALUES (1)"); err != nil {
			t.Fatalf("INSERT: %v", err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatalf("Commit: %v", err)
		}
	}
	stop()
	appends.Wait()
	eventstoretest.CheckLog(t, store)
}

// A transaction of others that writes holds up appends until it ends, however it ends; readers go on.
func TestAnOpenTransactionHoldsUpAppends(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "skald.db"))
	db, _ := store.SQL()
	for name, end := range map[string]func(*sql.Tx, context.CancelFunc) error{
		"commit":   func(tx *sql.Tx, _ context.CancelFunc) error { return tx.Commit() },
		"rollback": func(tx *sql.Tx, _ context.CancelFunc) error { return tx.Rollback() },
		"cancel":   func(_ *sql.Tx, cancel context.CancelFunc) error { cancel(); return nil },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		ended, cancelAppend := context.WithCancel(t.Context())
		cancelAppend()
		saga := eventstoretest.NewSagaIn(store, 0)
		batch := []eventstore.LaneAppend{{Lane: 0, Sagas: []eventstore.SagaAppend{saga.Continue(0, 1)}}}
		if _, err := store.Append(ended, batch); !errors.Is(err, context.Canceled) {
			t.Errorf("Append: %v, want context.Canceled", err)
		}
		if _, err := store.Heads(t.Context()); err != nil {
			t.Errorf("Heads: %v", err)
		}
		if err := end(tx, cancel); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		appendOne(t, store, 0, saga.Continue(0, 1))
		cancel()
	}
	eventstoretest.CheckLog(t, store)
}

// Two stores on one file, as in two processes: SQLite's own lock keeps them apart.
func TestTwoStoresOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skald.db")
	stores := []eventstore.Store{openStore(t, path), openStore(t, path)}
	var group sync.WaitGroup
	for _, store := range stores {
		group.Go(func() {
			for range 40 {
				appendOne(t, store, 5, eventstoretest.NewSagaIn(store, 5).Continue(0, 2))
			}
		})
	}
	group.Wait()
	if log := eventstoretest.CheckLog(t, stores[0]); len(log[5]) != 160 {
		t.Errorf("the lane holds %d events, want 160", len(log[5]))
	}
}
