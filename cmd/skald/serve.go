package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/internal/backend/runtime"
	"github.com/skald-go/skald/internal/config"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/web"
)

type serveCommand struct {
	Listen       *string       `help:"Address of the API, loopback only (default 127.0.0.1:8080; port 0 takes a free one)." placeholder:"HOST:PORT"`
	Definitions  *string       `help:"Publish the definitions (*.yaml, *.yml, *.json) in this directory." placeholder:"DIR" aliases:"defs"`
	Participants []string      `help:"Run these example participants in this process too, and publish their definitions: mission, order." enum:"mission,order" placeholder:"NAME"`
	Ledger       string        `help:"File in which the example participants keep what they did (default: memory)." placeholder:"FILE"`
	Delay        time.Duration `help:"How long each action of the example participants takes." default:"0s"`
}

func (serveCommand) Help() string {
	return `Listens on the start streams of the definitions in --definitions and of all that are in the store. Waits for Redis and Postgres at the start. The first signal (SIGINT, SIGTERM) stops gracefully, the second at once; nothing is lost either way.

Examples:

  skald serve --participants mission
  skald serve --definitions ./definitions
  skald serve --store postgres://skald@db/skald --broker redis://redis:6379/0 --definitions ./definitions`
}

func (c *serveCommand) Run(ctx context.Context, m *Main) error {
	definitions, err := loadDefinitions(m.config.Definitions)
	if err != nil {
		return err
	}
	crew, err := newCrew(c.Participants, c.Ledger, c.Delay)
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
	settings.Logger = m.log
	settings.Definitions = append(definitions, crew.definitions...)
	settings.Participants = crew.handlers
	r, err := runtime.Open(ctx, settings)
	if err != nil {
		return opening(err)
	}
	m.log.InfoContext(ctx, "skald serves", telemetry.FieldAddress, "http://"+listener.Addr().String(),
		telemetry.FieldStore, config.Redact(m.config.Store), telemetry.FieldBroker, config.Redact(m.config.Broker))
	return m.serve(ctx, r, listener)
}

// settingsOf is what a configuration says about a runtime.
func settingsOf(c config.Config) runtime.Config {
	return runtime.Config{
		Store:  c.Store,
		Broker: c.Broker,
		Redis:  backend.RedisOptionsOf(c.Redis),
		Lanes:  c.Lanes,
		Engine: engine.Config{
			MaxBatch:     c.Engine.MaxBatch,
			QueueLength:  c.Engine.QueueLength,
			CacheSize:    c.Engine.CacheSize,
			ScanInterval: c.Engine.ScanInterval,
		},
		Wait:  c.Connect.Wait,
		Drain: c.Shutdown.Deadline,
	}
}

// serve runs the runtime with its API until ctx ends or a part of it fails, and closes both.
func (m *Main) serve(ctx context.Context, r *runtime.Runtime, listener net.Listener) error {
	server := web.NewServer(web.Config{
		Service: serviceOf(r),
		Logger:  m.log,
		MaxBody: int64(m.config.HTTP.MaxBody),
		Timeout: m.config.HTTP.Timeout,
		Ready: func(ctx context.Context) map[string]error {
			_, err := r.Store.Heads(ctx)
			return map[string]error{"store": err, "broker": r.Broker.Ping(ctx)}
		},
	})
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	answering, stopAnswers := context.WithCancel(ctx)
	defer stopAnswers()
	worked, answered := make(chan error, 1), make(chan error, 1)
	go func() { worked <- r.Run(working) }()
	go func() { answered <- server.Serve(answering, listener, m.config.Shutdown.Deadline) }()
	m.ready <- "http://" + listener.Addr().String()

	var fault error
	select {
	case <-ctx.Done():
		m.log.InfoContext(ctx, "stopping", telemetry.FieldDeadline, m.config.Shutdown.Deadline)
	case fault = <-worked:
		worked <- nil
	case fault = <-answered:
		answered <- nil
	}
	// First nothing new is taken, then what is under way is finished.
	stopped := make(chan error, 1)
	go func() {
		stopAnswers()
		err := <-answered
		stopWork()
		stopped <- errors.Join(err, <-worked, r.Close())
	}()
	select {
	case err := <-stopped:
		return errors.Join(fault, err)
	case <-time.After(stopFactor * m.config.Shutdown.Deadline):
		return errors.Join(fault, fmt.Errorf("work under way did not stop in time and was cut short; the next start takes it up again"))
	}
}

// stopFactor times the shutdown deadline is when waiting makes no sense any more: the API and the work behind it have
// each had the deadline for themselves.
const stopFactor = 2

func serviceOf(r *runtime.Runtime) *web.Service {
	return &web.Service{Store: r.Store, Views: r.Projections, Engine: r.Engine, Broker: r.Broker, Publish: r.Publish}
}
