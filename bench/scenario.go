package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/testenv"
)

// scenario is one thing to measure: the order saga of three steps, to one end, on one pair of store and broker.
type scenario struct {
	name, about string
	embedded    bool
	failAt      string        // the step that fails for good; "" for none
	want        domain.Status // how every saga must end
	latency     bool          // one at a time
}

var scenarios = []scenario{
	{name: "embedded-happy", about: "SQLite (FULL) and the in-process broker, all steps done", embedded: true, want: domain.Completed},
	{name: "embedded-compensate", about: "the same, ship fails, charge and reserve are undone", embedded: true, failAt: "ship", want: domain.Compensated},
	{name: "order-happy", about: "Redis and Postgres, participants in a process of their own, all steps done", want: domain.Completed},
	{name: "order-compensate", about: "the same, ship fails, charge and reserve are undone", failAt: "ship", want: domain.Compensated},
	{name: "latency", about: "order-happy with one saga at a time", want: domain.Completed, latency: true},
}

// run sets everything up anew, warms up, measures, takes the yardstick, and checks what the store holds.
func (s scenario) run(ctx context.Context, o options) (r result, err error) {
	dir, err := os.MkdirTemp("", "skald-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	// The yardstick is a Postgres figure in every scenario: the same one beside embedded and served sagas.
	postgres, err := testenv.StandalonePostgres()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, postgres.Stop()) }()

	store, broker := "sqlite:"+filepath.Join(dir, "skald.db"), "inproc:"
	if !s.embedded {
		redis, err := testenv.StandaloneRedis()
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, redis.Stop()) }()
		store, broker = postgres.URL(), redis.URL()
	}
	sagas, inFlight := o.sagas, o.inFlight
	if s.latency {
		sagas, inFlight = min(sagas, 500), 1
	}
	r, err = s.measure(ctx, store, broker, sagas, inFlight)
	if err != nil {
		return r, err
	}
	if r.Raw, err = rawLimit(ctx, postgres.URL(), o.yardstick); err != nil {
		return r, err
	}
	r.RatioLimit = r.SagasPerSecond / r.Raw
	return r, nil
}

func (s scenario) measure(ctx context.Context, store, broker string, sagas, inFlight int) (r result, err error) {
	system, err := open(ctx, store, broker)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, system.close()) }()
	load := load{system: system, failAt: s.failAt, want: s.want, inFlight: inFlight}
	if _, err := load.run(ctx, max(sagas/5, 1)); err != nil {
		return r, fmt.Errorf("warming up: %w", err)
	}
	took, err := load.run(ctx, sagas)
	if err != nil {
		return r, err
	}
	r = summarise(s.name, inFlight, took)
	if r.Violations, err = system.verify(ctx); err != nil {
		return r, err
	}
	if r.Violations > 0 {
		return r, fmt.Errorf("%d violations: a figure of a store that is wrong does not count", r.Violations)
	}
	return r, nil
}
