package main

import (
	"context"
	"time"

	"github.com/skald-go/skald/web/api"
)

type replayCommand struct {
	Recite reciteCommand `cmd:"" default:"withargs" help:"Recite every saga of a conversation from its history alone."`
	Verify verifyCommand `cmd:"" help:"Fold every history and compare with the projections, the versions and the hash chain."`
}

type reciteCommand struct {
	CorrelationID string    `required:"" help:"Conversation to recite." placeholder:"ID"`
	ToVersion     uint64    `help:"Recite no event of a saga after this version." placeholder:"N"`
	At            time.Time `help:"Recite no event recorded after this moment." placeholder:"TIME" format:"2006-01-02T15:04:05.999999999Z07:00"`
	Output        string    `help:"text or json." enum:"text,json" default:"text"`
}

func (replayCommand) Help() string {
	return reciteCommand{}.Help() + `
  skald replay verify --store postgres://skald@db/skald`
}

func (reciteCommand) Help() string {
	return `Examples:

  skald replay --correlation-id c1
  skald replay --correlation-id c1 --to-version 5 --output json
  skald replay --correlation-id c1 --at 2026-01-31T12:00:00Z --store sqlite:skald.db`
}

func (c *reciteCommand) Run(ctx context.Context, m *Main) error {
	q := api.RecitalQuery{Format: c.Output, ToVersion: c.ToVersion, At: c.At}
	return m.withSource(ctx, func(from source) error {
		text, err := from.Recital(ctx, c.CorrelationID, q)
		if err != nil {
			return err
		}
		_, err = m.Stdout.Write(text)
		return err
	})
}
