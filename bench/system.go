package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/examples/order"
	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/replay"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/participant"
)

// system is a whole Skald as a team runs it: store, broker, engine, router, projections and participants.
type system struct {
	store            eventstore.Store
	broker           router.Broker
	endings          *endings
	engine           *engine.Engine
	projections      *projections.Runner
	stopRouter       context.CancelFunc
	stopEngine       context.CancelFunc
	routerDone       []chan error
	engineDone       chan error
	stopParticipants func() error
}

// openBroker opens a broker, in this process and in the participants'. SKALD_BROKER_REDIS_TRANSPORT chooses what reads
// Redis Streams, as it does for skald itself.
func openBroker(ctx context.Context, url string) (router.Broker, error) {
	address, err := backend.ParseBroker(url)
	if err != nil {
		return nil, err
	}
	return backend.OpenBroker(ctx, address, backend.BrokerOptions{
		Logger: silence, Redis: backend.RedisOptions{Transport: os.Getenv("SKALD_BROKER_REDIS_TRANSPORT")},
	})
}

// open starts everything. With the in-process broker the participants run here, otherwise in a process of their own.
func open(ctx context.Context, storeURL, brokerURL string) (s *system, err error) {
	address, err := backend.ParseStore(storeURL)
	if err != nil {
		return nil, err
	}
	s = &system{engineDone: make(chan error, 1)}
	if s.store, err = backend.OpenStore(ctx, address, backend.StoreOptions{Migrate: true, Logger: silence}); err != nil {
		return nil, err
	}
	if s.broker, err = openBroker(ctx, brokerURL); err != nil {
		return nil, err
	}
	s.endings = newEndings(s.broker)
	if s.engine, err = engine.New(engine.Config{Store: s.store, Publisher: s.endings, Logger: silence}); err != nil {
		return nil, err
	}
	if s.projections, err = projections.New(ctx, s.store, projections.Options{Migrate: true, Logger: silence}); err != nil {
		return nil, err
	}
	def := order.Definition()
	if err := s.engine.PublishDefinition(ctx, def); err != nil {
		return nil, err
	}
	routes, err := router.New(router.Config{Broker: s.broker, Engine: s.engine, Store: s.store, Definitions: []domain.Definition{*def}, Logger: silence})
	if err != nil {
		return nil, err
	}
	var engineCtx, routerCtx context.Context
	engineCtx, s.stopEngine = context.WithCancel(context.WithoutCancel(ctx))
	routerCtx, s.stopRouter = context.WithCancel(context.WithoutCancel(ctx))
	go func() { s.engineDone <- s.engine.Run(engineCtx) }()
	s.runRouterPart(routerCtx, routes.Run)
	s.runRouterPart(routerCtx, s.projections.Run)
	if brokerURL == "inproc:" {
		s.runRouterPart(routerCtx, func(ctx context.Context) error {
			return participant.Run(ctx, s.broker, silence, order.Handlers(order.Options{})...)
		})
		s.stopParticipants = func() error { return nil }
		return s, nil
	}
	s.stopParticipants, err = spawnParticipants(brokerURL)
	return s, err
}

// runRouterPart runs something that feeds on the engine and is stopped before it.
func (s *system) runRouterPart(ctx context.Context, run func(context.Context) error) {
	done := make(chan error, 1)
	s.routerDone = append(s.routerDone, done)
	go func() { done <- run(ctx) }()
}

// verify lets the projections catch up and recites every history against them.
func (s *system) verify(ctx context.Context) (violations int, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := s.projections.CatchUp(ctx); err != nil {
		return 0, fmt.Errorf("projections: %w", err)
	}
	report, err := replay.Verify(ctx, s.store, s.projections)
	if err != nil {
		return 0, err
	}
	return len(report.Findings), nil
}

func (s *system) close() error {
	err := s.stopParticipants()
	s.stopRouter()
	for _, done := range s.routerDone {
		err = errors.Join(err, <-done)
	}
	s.stopEngine()
	return errors.Join(err, <-s.engineDone, s.broker.Close(), s.store.Close())
}
