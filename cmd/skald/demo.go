package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/mission"
	"github.com/skald-go/skald/internal/backend/runtime"
	"github.com/skald-go/skald/internal/config"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/web"
	"github.com/skald-go/skald/web/api"
)

type demoCommand struct {
	Listen *string `help:"Address of the API, loopback only (default 127.0.0.1:8080, with --once a free port)." placeholder:"HOST:PORT"`
	Once   bool    `help:"Stop after the two missions; exit 0 only if both ended as they should."`
}

func (demoCommand) Help() string {
	return `Runs two missions, one of which fails at its fourth step and is compensated, and recites both. Everything is in this one process: a SQLite file in a temporary directory, an in-process broker, the participants.

Examples:

  skald demo
  skald demo --once`
}

// demoLimit is how long the two missions may take. They take a few seconds.
const demoLimit = time.Minute

func (c *demoCommand) Run(ctx context.Context, m *Main) (err error) {
	if m.config.Origin("log.level") == config.OriginDefault { // the recital is what is to be seen
		if m.log, err = telemetry.NewLogger(m.Stderr, m.config.Log.Format, "warn"); err != nil {
			return err
		}
	}
	directory, err := os.MkdirTemp("", "skald-demo-")
	if err != nil {
		return fmt.Errorf("no room for the demo's store: %w", err)
	}
	defer func() { err = closing(err, func() error { return os.RemoveAll(directory) }) }()
	if c.Once && c.Listen == nil {
		m.config.Listen = "127.0.0.1:0"
	}
	m.config.Store, m.config.Broker = "sqlite:"+filepath.Join(directory, "skald.db"), "inproc:"

	crew, err := newCrew([]string{mission.Name}, "", 0)
	if err != nil {
		return err
	}
	defer crew.close(m.log)
	listener, err := web.Listen(ctx, m.config.Listen)
	if err != nil {
		return usagef("%w", err)
	}
	defer func() { _ = listener.Close() }() // the server closes it; this is for the ways that lead nowhere
	settings := settingsOf(m.config)
	settings.Logger, settings.Definitions, settings.Participants = m.log, crew.definitions, crew.handlers
	r, err := runtime.Open(ctx, settings)
	if err != nil {
		return opening(err)
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- m.serve(serving, r, listener) }()

	story := demoStory{out: m.Stdout, service: serviceOf(r)}
	told := story.tell(ctx)
	if told != nil || c.Once {
		stop()
		return errors.Join(told, <-served)
	}
	story.invite("http://"+listener.Addr().String(), m.config.Store)
	return <-served
}

// demoStory is the two missions and what is said about them.
type demoStory struct {
	out     io.Writer
	service *web.Service
}

func (s *demoStory) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

// tell runs and recites both missions; the error says which of them did not end as it should.
func (s *demoStory) tell(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, demoLimit)
	defer cancel()
	s.say("Skald runs two missions, each of five steps, in this one process. The second one's maps cannot be integrated.")
	first, err := s.run(ctx, "demo-completed", `{"robot_count": 2, "area": "ZoneA"}`)
	if err != nil {
		return err
	}
	second, err := s.run(ctx, "demo-compensated", `{"robot_count": 2, "area": "ZoneB", "fail_at": "`+mission.IntegrateStep+`"}`)
	if err != nil {
		return err
	}
	s.say("\nThe first mission is %s; the second is %s: what it had done is undone, in reverse order.", first.Status, second.Status)
	return errors.Join(expectCompleted(first), expectCompensated(second))
}

// run starts a mission, waits for its end and recites it.
func (s *demoStory) run(ctx context.Context, correlationID, input string) (api.Saga, error) {
	started, err := s.service.Start(ctx, api.Start{Definition: mission.Name, CorrelationID: correlationID, Input: []byte(input)})
	if err != nil {
		return api.Saga{}, err
	}
	saga, err := s.service.Await(ctx, started.SagaID)
	if err != nil {
		return api.Saga{}, err
	}
	recital, err := s.service.Recital(context.WithoutCancel(ctx), correlationID, api.RecitalQuery{})
	if err != nil {
		return api.Saga{}, err
	}
	s.say("\n%s", recital)
	return saga, nil
}

func expectCompleted(saga api.Saga) error {
	if saga.Status != domain.Completed {
		return failf(exitFailed, "the first mission is %s and should be completed: %s", saga.Status, saga.Error)
	}
	return nil
}

// expectCompensated checks that exactly what was done, and can be undone, was undone.
func expectCompensated(saga api.Saga) error {
	if saga.Status != domain.Compensated {
		return failf(exitFailed, "the second mission is %s and should be compensated: %s", saga.Status, saga.Error)
	}
	var undone []string
	for _, step := range saga.Steps {
		if step.Phase == domain.StepUndone {
			undone = append(undone, step.Name)
		}
	}
	if want := []string{mission.AllocateStep, mission.ExploreStep}; !slices.Equal(undone, want) {
		return failf(exitFailed, "the second mission undid %q and should have undone %q", undone, want)
	}
	return nil
}

// invite says where the server is and what can be typed next.
func (s *demoStory) invite(address, store string) {
	server := ""
	if address != "http://127.0.0.1:8080" {
		server = " --server " + address
	}
	s.say("\nThe server keeps running at %s (Ctrl-C ends it; the store %s goes with it). In another terminal:\n", address, store)
	for _, command := range []string{
		"start mission --input '{\"robot_count\": 2, \"area\": \"ZoneC\"}' --wait",
		"list",
		"replay --correlation-id demo-compensated",
	} {
		s.say("  skald %s%s", command, server)
	}
}
