package postgres_test

import (
	"errors"
	"net/url"
	"sync"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/internal/testenv"
)

func TestOpenWithoutMigrations(t *testing.T) {
	address := testenv.Postgres(t)
	if _, err := postgres.Open(t.Context(), address, postgres.Options{}); !errors.Is(err, eventstore.ErrNotMigrated) {
		t.Errorf("Open: %v, want ErrNotMigrated", err)
	}
	status, err := postgres.MigrationStatus(t.Context(), address)
	if err != nil || len(status) == 0 || !status[0].AppliedAt.IsZero() {
		t.Errorf("MigrationStatus: %v, %v; want migrations that are pending", status, err)
	}
}

func TestMigrateTwice(t *testing.T) {
	address := testenv.Postgres(t)
	first, err := postgres.Migrate(t.Context(), address, postgres.Options{})
	if err != nil || len(first) == 0 {
		t.Fatalf("Migrate: %v, %v", first, err)
	}
	if again, err := postgres.Migrate(t.Context(), address, postgres.Options{}); err != nil || len(again) != 0 {
		t.Errorf("Migrate again: %v, %v; want nothing to do", again, err)
	}
	store := openStore(t, address)
	status, err := store.MigrationStatus(t.Context())
	if err != nil || len(status) != len(first) {
		t.Fatalf("MigrationStatus: %v, %v", status, err)
	}
	for i, m := range status {
		if m != first[i] {
			t.Errorf("migration %+v, applied was %+v", m, first[i])
		}
	}
}

func TestMigrateAtOnce(t *testing.T) {
	address := testenv.Postgres(t)
	applied := make([]int, 6)
	var group sync.WaitGroup
	for i := range applied {
		group.Go(func() {
			done, err := postgres.Migrate(t.Context(), address, postgres.Options{})
			if err != nil {
				t.Errorf("Migrate: %v", err)
			}
			applied[i] = len(done)
		})
	}
	group.Wait()
	status, err := postgres.MigrationStatus(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range applied {
		total += n
	}
	if total != len(status) {
		t.Errorf("%d migrations were applied, there are %d", total, len(status))
	}
}

func TestLanesAreFixedAtCreation(t *testing.T) {
	address := testenv.Postgres(t)
	if _, err := postgres.Migrate(t.Context(), address, postgres.Options{Lanes: 3}); err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(t.Context(), address, postgres.Options{Lanes: 64, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if store.Lanes() != 3 {
		t.Errorf("Lanes: %d, want the 3 it was created with", store.Lanes())
	}
	appendOne(t, store, 2, eventstoretest.NewSagaIn(store, 2).Continue(0, 1))
	eventstoretest.CheckLog(t, store)
}

func TestSchemasAreStoresOfTheirOwn(t *testing.T) {
	address := testenv.Postgres(t)
	a := openStore(t, address)
	b := openStore(t, withParameter(t, address, "skald_schema", "team_b"))
	appendOne(t, a, 0, eventstoretest.NewSagaIn(a, 0).Continue(0, 3))
	appendOne(t, b, 0, eventstoretest.NewSagaIn(b, 0).Continue(0, 1))
	if log := eventstoretest.CheckLog(t, b); len(log[0]) != 1 {
		t.Errorf("the second store holds %d events, want 1", len(log[0]))
	}
	var n int
	db, dialect := b.SQL()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM saga_events").Scan(&n); err != nil || n != 1 || dialect != eventstore.Postgres {
		t.Errorf("saga_events by SQL: %d rows, %v, dialect %s; want those of the store's schema", n, err, dialect)
	}
	for _, name := range []string{"Skald", "pg_skald", "a.b", `x"; DROP SCHEMA skald; --`, "1a"} {
		if _, err := postgres.MigrationStatus(t.Context(), withParameter(t, address, "skald_schema", name)); err == nil {
			t.Errorf("schema %q was accepted", name)
		}
	}
}

func withParameter(t testing.TB, address, name, value string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}
