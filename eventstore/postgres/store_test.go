package postgres_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestStore(t *testing.T) {
	address := testenv.Postgres(t)
	eventstoretest.Run(t, func(t testing.TB) eventstore.Store { return openStore(t, inNewSchema(t, address)) })
}

func TestReopen(t *testing.T) {
	url := testenv.Postgres(t)
	eventstoretest.RunReopen(t, func(t testing.TB) eventstore.Store {
		store, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

var schemas atomic.Int64

// inNewSchema is the URL of a schema of its own in the database: quicker to make than a database.
func inNewSchema(t testing.TB, address string) string {
	return withParameter(t, address, "skald_schema", fmt.Sprintf("case_%d", schemas.Add(1)))
}

func openStore(t testing.TB, url string) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), url, postgres.Options{Migrate: true})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return store
}
