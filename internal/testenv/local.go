package testenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// errExited means that a server's process ended while it was waited for.
var errExited = errors.New("the server exited")

// program is how to run a server from this machine's binaries.
type program struct {
	title string      // path and, where known, version
	as    *account    // nil: the user who runs the tests
	setUp []*exec.Cmd // run once, before the first start
	path  string
	args  []string

	stopSignal syscall.Signal // an operator's stop
	deathSig   syscall.Signal // what Linux sends when the test binary dies
}

// local is a server made of this machine's binaries, its data in a folder of its own.
type local struct {
	kind     kind
	program  program
	dir      string
	port     int
	password string
	isSetUp  bool

	process *process // nil when not running
}

func newLocal(k kind) (*local, error) {
	dir, err := newScratch(k.name)
	if err != nil {
		return nil, err
	}
	l := &local{kind: k, dir: dir, password: newPassword()}
	if err := l.takePort(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return l, nil
}

// takePort chooses a port and writes the program down for it.
func (l *local) takePort() (err error) {
	if l.port, err = freePort(); err != nil {
		return err
	}
	l.program, err = l.kind.program(l.dir, l.port, l.password)
	return err
}

// freePort finds a free loopback port. Until a server listens on it another program may take it, so a first start tries several.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

func (l *local) url() string { return l.kind.url("127.0.0.1", l.port, l.password) }

func (l *local) describe() string { return "local " + l.program.title }

// start tries several times: after a kill the port or a shared memory segment may be held for a moment longer.
func (l *local) start(ctx context.Context) error {
	if l.process != nil {
		return nil
	}
	first := !l.isSetUp
	if err := l.setUp(ctx); err != nil {
		return err
	}
	for try, pause := 1, 50*time.Millisecond; ; try, pause = try+1, 2*pause {
		err := l.startOnce(ctx)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errExited) || try == 6 {
			return fmt.Errorf("%s: %w\n%s", l.program.path, err, l.logTail())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		if first {
			if err := l.takePort(); err != nil {
				return err
			}
		}
	}
}

func (l *local) setUp(ctx context.Context) error {
	if l.isSetUp {
		return nil
	}
	if err := l.program.as.own(l.dir); err != nil {
		return err
	}
	for _, c := range l.program.setUp {
		c.SysProcAttr = attributes(l.program.as, syscall.SIGKILL)
		c.Dir = l.dir
		if err := runToEnd(ctx, c); err != nil {
			return err
		}
	}
	l.isSetUp = true
	return nil
}

func (l *local) startOnce(ctx context.Context) error {
	log, err := os.OpenFile(l.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c := exec.Command(l.program.path, l.program.args...)
	c.Dir, c.Stdout, c.Stderr = l.dir, log, log
	c.SysProcAttr = attributes(l.program.as, l.program.deathSig)
	p, err := startProcess(c)
	if err != nil {
		return err
	}
	err = untilAnswers(ctx, func(ctx context.Context) error { return l.kind.ping(ctx, l.url()) }, p.exited)
	if err != nil {
		p.kill()
		return err
	}
	l.process = p
	return nil
}

func (l *local) stop(ctx context.Context) error {
	if l.process == nil {
		return nil
	}
	err := l.process.stop(ctx, l.program.stopSignal)
	l.process = nil
	return err
}

func (l *local) kill(context.Context) error {
	if l.process != nil {
		l.process.kill()
		l.process = nil
	}
	return nil
}

func (l *local) remove(ctx context.Context) error {
	return errors.Join(l.stop(ctx), os.RemoveAll(l.dir))
}

func (l *local) logPath() string { return filepath.Join(l.dir, "server.log") }

// logTail is the end of the server's own log, which says why it did not start.
func (l *local) logTail() []byte {
	text, err := os.ReadFile(l.logPath())
	if err != nil {
		return []byte(err.Error())
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-10):], []byte("\n"))
}
