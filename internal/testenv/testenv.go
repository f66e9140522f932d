package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// startTimeout bounds the start of one server, a cold Postgres on a loaded two-core machine included. Pulling an image
// has its own limit.
const startTimeout = time.Minute

// stopTimeout bounds an orderly stop; what has not ended by then is killed.
const stopTimeout = 20 * time.Second

// shared are the servers that this test binary's tests have in common, one a kind at most.
var shared = struct {
	sync.Mutex
	running map[string]instance
	failed  map[string]error // so that the second test fails as fast as the first one failed slowly
}{running: map[string]instance{}, failed: map[string]error{}}

// ready is set by Main: without it nobody would stop the servers.
var ready atomic.Bool

// Main runs a package's tests, stops the servers they used, and exits with the tests' code. After tests that passed it also
// looks for goroutines left behind, and fails naming them; ignored adds those that are known and harmless, each with the
// reason written beside it.
func Main(m *testing.M, ignored ...goleak.Option) {
	os.Exit(run(m, ignored))
}

func run(m *testing.M, ignored []goleak.Option) int {
	ready.Store(true)
	code := m.Run()
	if err := closeShared(); err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		code = max(code, 1)
	}
	if code != 0 {
		return code
	}
	if err := goleak.Find(append(ignored, lingering()...)...); err != nil {
		fmt.Fprintln(os.Stderr, "testenv: goroutines outlive the tests that started them:", err)
		return 1
	}
	return 0
}

// server returns the binary's shared server of a kind, started by the first call.
func server(t testing.TB, k kind) instance {
	t.Helper()
	if !ready.Load() {
		t.Fatal("testenv: add `func TestMain(m *testing.M) { testenv.Main(m) }` to this package, or nothing would stop its servers")
	}
	shared.Lock()
	defer shared.Unlock()
	if s, ok := shared.running[k.name]; ok {
		return s
	}
	if err, ok := shared.failed[k.name]; ok {
		t.Fatal(err)
	}
	s, err := open(k, waysFor(k))
	if err != nil {
		shared.failed[k.name] = err
		t.Fatal(err)
	}
	shared.running[k.name] = s
	return s
}

// closeShared stops the shared servers, then the engine's connections and the thread that local servers hang on.
func closeShared() error {
	shared.Lock()
	defer shared.Unlock()
	var errs []error
	for name, s := range shared.running {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		if err := s.remove(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", name, err))
		}
		cancel()
		delete(shared.running, name)
	}
	closeEngine()
	closeSpawner()
	return errors.Join(append(errs, closeScratch())...)
}
