package main

import (
	"context"
	"errors"
	"time"

	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/participant"
	"github.com/skald-go/skald/router/supervise"
)

type participantCommand struct {
	Name   string        `arg:"" enum:"mission,order" help:"Which example: mission or order."`
	Ledger string        `help:"File in which is kept what was done, each effect once per idempotency key (default: memory)." placeholder:"FILE"`
	Delay  time.Duration `help:"How long each action takes." default:"0s"`
}

func (participantCommand) Help() string {
	return `Handles the commands of an example saga, in a process of its own. Needs a broker that processes share; with inproc: run 'skald serve --participants mission' instead.

Examples:

  skald participant mission --broker redis://127.0.0.1:6379/0
  skald participant order --broker redis://127.0.0.1:6379/0 --ledger order.jsonl`
}

func (c *participantCommand) Run(ctx context.Context, m *Main) error {
	address, err := backend.ParseBroker(m.config.Broker)
	if err != nil {
		return err
	}
	if !address.Shared() {
		return usagef("an inproc: broker reaches nobody outside its process; name a shared one with --broker redis://…, or run `skald serve --participants %s`", c.Name)
	}
	crew, err := newCrew([]string{c.Name}, c.Ledger, c.Delay)
	if err != nil {
		return err
	}
	defer crew.close(m.log)
	broker, err := backend.ConnectBroker(ctx, m.log, address, m.config.Connect.Wait,
		backend.BrokerOptions{Logger: m.log, Drain: m.config.Shutdown.Deadline, Redis: backend.RedisOptionsOf(m.config.Redis)})
	if err != nil {
		return err
	}
	m.log.InfoContext(ctx, "participants of "+c.Name+" listen", telemetry.FieldBroker, address.String(), telemetry.FieldCount, len(crew.handlers))
	m.ready <- address.String()
	for {
		err = participant.Run(ctx, broker, m.log, crew.handlers...)
		if ctx.Err() != nil || !errors.Is(err, supervise.ErrEnded) {
			break
		}
		m.log.WarnContext(ctx, "the participants lost their subscriptions and begin anew", telemetry.FieldError, err.Error())
	}
	return errors.Join(err, broker.Close())
}
