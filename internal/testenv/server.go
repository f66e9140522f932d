package testenv

import (
	"context"
	"testing"
)

// Server is a server of one test's own, for tests of what happens when it fails. Its address stays the same over its whole
// life, and so does its data. It ends with its test. The methods block until done, fail the test when they cannot do it, and
// are for the test's own goroutine.
type Server struct {
	t  testing.TB
	is instance
}

// StartPostgres starts a Postgres of the test's own. URL is a superuser's, of the empty database "postgres".
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	return startOwn(t, postgresKind)
}

// StartRedis starts a Redis of the test's own, with an append-only file written once a second and 256 logical databases.
func StartRedis(t testing.TB) *Server {
	t.Helper()
	return startOwn(t, redisKind)
}

func startOwn(t testing.TB, k kind) *Server {
	t.Helper()
	if !ready.Load() {
		t.Fatal("testenv: add `func TestMain(m *testing.M) { testenv.Main(m) }` to this package, or nothing would stop its servers")
	}
	is, err := open(k, ownWays())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := is.(*given); ok {
		t.Fatalf("testenv: this test needs a %s that it may kill, and SKALD_TEST_ENV=env gives none: set it to local or containers", k.name)
	}
	s := &Server{t: t, is: is}
	t.Cleanup(func() { s.do("remove", is.remove) })
	return s
}

// URL is the server's address, password included. It is the same before and after Restart.
func (s *Server) URL() string { return s.is.url() }

// Kill ends the server with SIGKILL: what it had not handed to the operating system is lost.
func (s *Server) Kill() {
	s.t.Helper()
	s.do("kill", s.is.kill)
}

// Stop ends the server as an operator would: it writes what it holds and closes its connections.
func (s *Server) Stop() {
	s.t.Helper()
	s.do("stop", s.is.stop)
}

// Restart starts the server over its data, after Kill, after Stop, or running (it is then stopped first). It returns once
// the server answers, recovery included.
func (s *Server) Restart() {
	s.t.Helper()
	s.do("stop", s.is.stop)
	s.do("start", s.is.start)
}

func (s *Server) do(what string, f func(context.Context) error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := f(ctx); err != nil {
		s.t.Fatalf("testenv: %s server: %v", what, err)
	}
}
