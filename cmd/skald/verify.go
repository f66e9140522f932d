package main

import (
	"context"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/replay"
)

type verifyCommand struct {
	Output string `help:"text or json." enum:"text,json" default:"text"`
}

func (verifyCommand) Help() string {
	return `Reads the configured store itself, whether or not --store is given. Exits 1 when anything does not agree.

Examples:

  skald replay verify
  skald replay verify --store postgres://skald@db/skald --output json`
}

func (c *verifyCommand) Run(ctx context.Context, m *Main) error {
	return m.withStore(ctx, func(store eventstore.Store, read *projections.Runner) error {
		report, err := replay.Verify(ctx, store, read)
		if err != nil {
			return err
		}
		write := report.WriteText
		if c.Output == "json" {
			write = report.WriteJSON
		}
		if err := write(m.Stdout); err != nil {
			return err
		}
		if !report.OK() {
			return failf(exitFailed, "the store does not verify; what is said above names each place")
		}
		return nil
	})
}
