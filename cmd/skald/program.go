package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/alecthomas/kong"

	"github.com/skald-go/skald/internal/config"
	"github.com/skald-go/skald/internal/telemetry"
)

// Main is the program apart from its process: what main runs, and what end-to-end tests start. Make one for each run.
type Main struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Env            []string // as of os.Environ

	config config.Config
	log    *slog.Logger

	http *http.Client // of the commands that talk to a server

	ready chan string        // the server's address, once it listens
	stop  context.CancelFunc // of the run
	done  chan struct{}      // closed when the run has ended
	once  sync.Once
	ctx   context.Context //nolint:containedctx // the run's own, which Close ends; commands are handed it
}

// New makes a program with the given streams and environment.
func New(stdin io.Reader, stdout, stderr io.Writer, env []string) *Main {
	m := &Main{Stdin: stdin, Stdout: stdout, Stderr: stderr, Env: env, ready: make(chan string, 1), done: make(chan struct{})}
	m.ctx, m.stop = context.WithCancel(context.Background())
	m.http = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}
	return m
}

// Run runs one command and returns the exit code. When ctx ends a command that serves stops gracefully, within the
// configured deadline; any other gives up.
func (m *Main) Run(ctx context.Context, args []string) int {
	defer m.once.Do(func() { close(m.done) })
	defer context.AfterFunc(ctx, m.stop)()
	defer m.stop()
	defer m.http.CloseIdleConnections()
	err := m.run(args)
	if errors.Is(err, errHelpShown) {
		return exitOK
	}
	code := exitCodeOf(err)
	if err != nil {
		_, _ = fmt.Fprintln(m.Stderr, "skald: "+printable(strings.ReplaceAll(messageOf(err), "\n", "; ")))
	}
	return code
}

// Close stops the run and returns when it has ended. It must not be called before Run.
func (m *Main) Close() error {
	m.stop()
	<-m.done
	return nil
}

// Ready receives the address at which the server of `serve` or `demo` answers, once it does.
func (m *Main) Ready() <-chan string { return m.ready }

func messageOf(err error) string {
	if errors.Is(err, context.Canceled) {
		return "stopped by a signal before it was done"
	}
	return err.Error()
}

// errHelpShown ends a run that had nothing to do but show help.
var errHelpShown = errors.New("help was shown")

func (m *Main) run(args []string) error {
	var c commands
	parser, err := m.parser(&c)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parse(parser, args)
	if err != nil {
		return err
	}
	if m.config, err = c.load(m.Env, m.Stderr); err != nil {
		return err
	}
	if m.log, err = telemetry.NewLogger(m.Stderr, m.config.Log.Format, m.config.Log.Level); err != nil {
		return usagef("%w", err)
	}
	return chosen.Run(m.ctx, m)
}

// parse reads the command line. Help that was asked for has then been shown.
func parse(parser *kong.Kong, args []string) (chosen *kong.Context, err error) {
	defer func() { // kong shows help and exits; here it returns instead
		switch r := recover().(type) {
		case nil:
		case exitedByKong:
			err = errHelpShown
		default:
			panic(r)
		}
	}()
	chosen, err = parser.Parse(args)
	if err == nil {
		return chosen, nil
	}
	help := "skald --help"
	if wrong := (*kong.ParseError)(nil); errors.As(err, &wrong) && wrong.Context != nil && wrong.Context.Command() != "" {
		help = "skald " + commandOf(wrong.Context) + " --help"
	}
	return nil, usagef("%w; `%s` shows how it is used", err, help)
}

// commandOf names the command that was recognised, without its arguments.
func commandOf(c *kong.Context) string {
	var names []string
	for _, part := range c.Path {
		if part.Command != nil {
			names = append(names, part.Command.Name)
		}
	}
	return strings.Join(names, " ")
}

type exitedByKong struct{}

func (m *Main) parser(c *commands) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("skald"),
		kong.Description("Skald runs sagas: work that spans several services, where every step has a way back. It keeps each saga's "+
			"history, and recites it.\n\nBegin with `skald demo`.\n\n"+exitCodeHelp()),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(func(int) { panic(exitedByKong{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(m.ctx, (*context.Context)(nil)),
	)
}
