package testenv

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// process is a running child. One goroutine waits for it from start to end.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed once the child is gone and reaped
}

// startProcess starts c on the spawner's thread.
func startProcess(c *exec.Cmd) (*process, error) {
	if err := spawner.start(c); err != nil {
		return nil, err
	}
	p := &process{cmd: c, exited: make(chan struct{})}
	go func() {
		defer close(p.exited)
		_ = c.Wait() // how it ended does not matter: whoever waits knows whether it should have
	}()
	return p, nil
}

// stop sends the signal and waits; a child that outlasts ctx is killed, which is an error.
func (p *process) stop(ctx context.Context, signal syscall.Signal) error {
	_ = p.cmd.Process.Signal(signal) // it fails when the child is gone, which is what we want
	select {
	case <-p.exited:
		return nil
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("%s did not end on %v and was killed: %w", p.cmd.Path, signal, ctx.Err())
	}
}

// kill ends the child and its own children with SIGKILL, and waits until the child is gone. Postgres is many processes: those left
// would go on for a moment and still write.
func (p *process) kill() {
	family := childrenOf(p.cmd.Process.Pid)
	_ = p.cmd.Process.Kill()
	for _, pid := range family {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-p.exited
}

// runToEnd runs a short command; its output is the error's text when it fails.
func runToEnd(ctx context.Context, c *exec.Cmd) error {
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	p, err := startProcess(c)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Path, err)
	}
	select {
	case <-p.exited:
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("%s: %w", c.Path, ctx.Err())
	}
	if !c.ProcessState.Success() {
		return fmt.Errorf("%s: %s: %s", c.Path, c.ProcessState, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}

// spawnThread starts children from one thread that lives as long as they do. Linux sends a child its death signal when the
// thread that started it ends, and Go ends threads as it sees fit; a locked one it keeps.
type spawnThread struct {
	lock     sync.Mutex
	requests chan spawnRequest // nil when the thread is not running
	done     chan struct{}
}

type spawnRequest struct {
	cmd    *exec.Cmd
	result chan error
}

var spawner spawnThread

func (s *spawnThread) start(c *exec.Cmd) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.requests == nil {
		s.requests, s.done = make(chan spawnRequest), make(chan struct{})
		go spawn(s.requests, s.done)
	}
	r := spawnRequest{cmd: c, result: make(chan error)}
	s.requests <- r
	return <-r.result
}

func spawn(requests <-chan spawnRequest, done chan<- struct{}) {
	defer close(done)
	runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
	for r := range requests {
		r.result <- r.cmd.Start()
	}
}

// closeSpawner ends the thread. Children that still run get their death signal.
func closeSpawner() {
	spawner.lock.Lock()
	defer spawner.lock.Unlock()
	if spawner.requests != nil {
		close(spawner.requests)
		<-spawner.done
		spawner.requests = nil
	}
}
