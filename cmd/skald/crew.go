package main

import (
	"log/slog"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/examples/mission"
	"github.com/skald-go/skald/examples/order"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/participant"
)

// crew is the example participants that a process runs, with their definitions and the ledger they share.
type crew struct {
	definitions []*domain.Definition
	handlers    []participant.Handler
	ledger      *ledger.Ledger
}

// newCrew hires the named participants. Without a file the ledger is one in memory.
func newCrew(names []string, file string, delay time.Duration) (*crew, error) {
	c := &crew{ledger: ledger.InMemory()}
	if file != "" {
		kept, err := ledger.Open(file)
		if err != nil {
			return nil, failf(exitRefused, "%w", err)
		}
		c.ledger = kept
	}
	for _, name := range names {
		switch name {
		case mission.Name:
			c.definitions = append(c.definitions, mission.Definition())
			c.handlers = append(c.handlers, mission.Handlers(mission.Options{Ledger: c.ledger, Delay: delay})...)
		case order.Name:
			c.definitions = append(c.definitions, order.Definition())
			c.handlers = append(c.handlers, order.Handlers(order.Options{Ledger: c.ledger, Delay: delay})...)
		}
	}
	return c, nil
}

func (c *crew) close(log *slog.Logger) {
	if err := c.ledger.Close(); err != nil {
		log.Error("the ledger cannot be closed", telemetry.FieldError, err.Error())
	}
}
