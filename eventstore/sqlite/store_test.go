package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/eventstore/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	eventstoretest.Run(t, func(t testing.TB) eventstore.Store {
		return openStore(t, filepath.Join(t.TempDir(), "skald.db"))
	})
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skald.db")
	eventstoretest.RunReopen(t, func(t testing.TB) eventstore.Store {
		store, err := sqlite.Open(t.Context(), path, sqlite.Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

func openStore(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Migrate: true})
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
