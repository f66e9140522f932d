package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skald-go/skald/internal/testenv"
)

// processVariable makes the test binary be skald itself: for tests that need a process to kill.
const processVariable = "SKALD_TEST_BE_SKALD"

func TestMain(m *testing.M) {
	if os.Getenv(processVariable) != "" {
		main()
		return
	}
	testenv.Main(m)
}

// outcome is what a command left.
type outcome struct {
	code           int
	stdout, stderr string
}

// skald runs a command to its end.
func skald(t *testing.T, args ...string) outcome {
	t.Helper()
	return skaldWith(t, "", nil, args...)
}

func skaldWith(t *testing.T, stdin string, env []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := New(strings.NewReader(stdin), &stdout, &stderr, append([]string{"USER=anna"}, env...)).Run(ctx, args)
	return outcome{code, stdout.String(), stderr.String()}
}

// want checks the exit code and that the words stand on one of the two streams.
func (o outcome) want(t *testing.T, code int, words ...string) outcome {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", o.code, code, o.stdout, o.stderr)
	}
	for _, w := range words {
		if !strings.Contains(o.stdout+o.stderr, w) {
			t.Errorf("%q is missing\nstdout: %s\nstderr: %s", w, o.stdout, o.stderr)
		}
	}
	return o
}

// json reads what a command printed with --json.
func (o outcome) json(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(o.stdout), v); err != nil {
		t.Fatalf("not JSON: %v\n%s\n%s", err, o.stdout, o.stderr)
	}
}

// server is a `skald serve` in this process.
type server struct {
	t       *testing.T
	url     string
	main    *Main
	stderr  *lockedBuffer
	ended   chan int
	stopped sync.Once
}

// serve starts a server on a free port and waits until it answers.
func serve(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{t: t, stderr: &lockedBuffer{}, ended: make(chan int, 1)}
	s.main = New(strings.NewReader(""), &bytes.Buffer{}, s.stderr, nil)
	go func() {
		s.ended <- s.main.Run(context.Background(), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...))
	}()
	select {
	case s.url = <-s.main.Ready():
	case code := <-s.ended:
		t.Fatalf("serve ended with %d:\n%s", code, s.stderr)
	case <-time.After(30 * time.Second):
		t.Fatalf("serve is not ready:\n%s", s.stderr)
	}
	t.Cleanup(s.stop)
	return s
}

// stop ends the server gracefully.
func (s *server) stop() {
	s.stopped.Do(func() {
		if err := s.main.Close(); err != nil {
			s.t.Error(err)
		}
		if code := <-s.ended; code != exitOK {
			s.t.Errorf("serve ended with %d:\n%s", code, s.stderr)
		}
	})
}

// skald runs a command against the server.
func (s *server) skald(args ...string) outcome {
	s.t.Helper()
	return skald(s.t, append(args, "--server", s.url)...)
}

// lockedBuffer is a buffer that a process's log and a test may use at once.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
