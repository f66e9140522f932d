// Package runtime puts the parts of Skald together in one process: store, broker, engine, router, projections and, where
// there are any, participants. The command skald and the root package both run it.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/participant"
)

// Config is what a Runtime is made of. Store and Broker are required.
type Config struct {
	Store  string // URL
	Broker string // URL
	Redis  backend.RedisOptions
	Lanes  int // of a store that is created now; 0 means the store's default

	// Definitions are published before anything runs.
	Definitions []*domain.Definition
	// Participants run in this process, beside the router.
	Participants []participant.Handler

	Engine engine.Config // its sizes; Store, Publisher and Logger are set here
	Wait   time.Duration // how long store and broker are waited for; 0 tries once
	Drain  time.Duration // how long work under way may take to finish; default 15s
	Logger *slog.Logger  // default: silence
}

// Runtime is Skald, put together. Its parts may be used while it is open.
type Runtime struct {
	Store       eventstore.Store
	Broker      router.Broker
	Engine      *engine.Engine
	Projections *projections.Runner

	config  Config
	forgets bool // the broker holds nothing from before this process
	changed chan struct{}
}

// Open opens store and broker, waiting for their servers, brings the tables up to date and publishes the definitions.
// Nothing runs before Run. What was opened is closed again on an error.
func Open(ctx context.Context, c Config) (_ *Runtime, err error) {
	if c.Logger == nil {
		c.Logger = telemetry.Discard()
	}
	if c.Drain <= 0 {
		c.Drain = 15 * time.Second
	}
	r := &Runtime{config: c, changed: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	if r.Projections, err = projections.New(ctx, r.Store, projections.Options{Migrate: true, Logger: c.Logger}); err != nil {
		return nil, fmt.Errorf("open the projections: %w", err)
	}
	settings := c.Engine
	settings.Store, settings.Publisher, settings.Logger = r.Store, r.Broker, c.Logger
	if settings.DrainTimeout <= 0 {
		settings.DrainTimeout = c.Drain / 2
	}
	if r.Engine, err = engine.New(settings); err != nil {
		return nil, err
	}
	for _, definition := range c.Definitions {
		if err := r.Engine.PublishDefinition(ctx, definition); err != nil {
			return nil, err
		}
	}
	if _, err := r.newRouter(ctx); err != nil {
		return nil, err // definitions that cannot listen side by side are told now, not when a message is missed
	}
	return r, nil
}

// connect opens store and broker. Both URLs are read before either server is waited for.
func (r *Runtime) connect(ctx context.Context) error {
	store, err := backend.ParseStore(r.config.Store)
	if err != nil {
		return err
	}
	broker, err := backend.ParseBroker(r.config.Broker)
	if err != nil {
		return err
	}
	r.forgets = broker.Kind == backend.InProc
	log := r.config.Logger
	r.Store, err = backend.ConnectStore(ctx, log, store, r.config.Wait, backend.StoreOptions{Migrate: true, Lanes: r.config.Lanes, Logger: log})
	if err != nil {
		return err
	}
	r.Broker, err = backend.ConnectBroker(ctx, log, broker, r.config.Wait, backend.BrokerOptions{
		Logger: log, Drain: r.config.Drain / 2, Redis: r.config.Redis,
	})
	return err
}

// Handle adds participants. It must be called before Run.
func (r *Runtime) Handle(handlers ...participant.Handler) {
	r.config.Participants = append(r.config.Participants, handlers...)
}

// Close closes what Open opened. It must be called after Run has returned.
func (r *Runtime) Close() error {
	var faults []error
	if r.Projections != nil {
		faults = append(faults, r.Projections.Close())
	}
	if r.Broker != nil {
		faults = append(faults, r.Broker.Close())
	}
	if r.Store != nil {
		faults = append(faults, r.Store.Close())
	}
	return errors.Join(faults...)
}
