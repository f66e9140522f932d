package projections_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/memory"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/eventstore/sqlite"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/projections"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// backends are the stores that every test runs on. Few lanes, so that sagas meet.
var backends = []struct {
	name string
	open func(t *testing.T) eventstore.Store
}{
	{"memory", func(*testing.T) eventstore.Store { return memory.New(4) }},
	{"sqlite", openSQLite},
	{"postgres", openPostgres},
}

func openPostgres(t *testing.T) eventstore.Store {
	t.Helper()
	return openURL(t, testenv.Postgres(t))
}

func openURL(t *testing.T, url string) eventstore.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), url, postgres.Options{Lanes: 4, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func openSQLite(t *testing.T) eventstore.Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "skald.db"))
}

func openFile(t *testing.T, path string) eventstore.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Lanes: 4, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// onEach runs a test on every backend.
func onEach(t *testing.T, test func(t *testing.T, store eventstore.Store)) {
	t.Helper()
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) { test(t, backend.open(t)) })
	}
}

func newRunner(t *testing.T, store eventstore.Store, options projections.Options) *projections.Runner {
	t.Helper()
	options.Migrate = true
	r, err := projections.New(t.Context(), store, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// background runs a runner until the returned function is called, which waits for its end.
func background(t *testing.T, r *projections.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// seeded picks as a seed says.
func seeded(seed uint64) func(n int) int {
	return rand.New(rand.NewPCG(seed, 1)).IntN
}
