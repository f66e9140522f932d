package main

import (
	"context"
	"maps"
	"slices"

	"github.com/skald-go/skald/web/api"
)

type deadCommand struct {
	List    listDeadCommand    `cmd:"" help:"List the dead letters that wait for a decision, newest first."`
	Show    showDeadCommand    `cmd:"" help:"Show a dead letter with all its fields."`
	Requeue requeueDeadCommand `cmd:"" help:"Put a dead letter's message back on its stream."`
	Discard discardDeadCommand `cmd:"" help:"Take a dead letter off the list; it stays on record."`
}

func (deadCommand) Help() string {
	return `A message that can never be handled as it stands is set aside with the reason, and nothing stops for it.

Examples:

  skald dead list
  skald dead show ID
  skald dead requeue ID
  skald dead discard ID`
}

type listDeadCommand struct {
	Limit  int    `help:"At most so many." default:"50"`
	Before string `help:"Continue after the page before (its \"next\")." placeholder:"NEXT"`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (listDeadCommand) Help() string {
	return `Examples:

  skald dead list
  skald dead list --json --store sqlite:skald.db`
}

func (c *listDeadCommand) Run(ctx context.Context, m *Main) error {
	if c.Limit < 1 || c.Limit > api.MaxLimit {
		return usagef("--limit must be between 1 and %d; --before continues a list", api.MaxLimit)
	}
	return m.withSource(ctx, func(from source) error {
		page, err := from.DeadLetters(ctx, c.Before, c.Limit)
		if err != nil {
			return err
		}
		if c.JSON {
			return m.printJSON(page)
		}
		return m.writeDeadLetters(page)
	})
}

func (m *Main) writeDeadLetters(page api.DeadLetters) error {
	if len(page.DeadLetters) == 0 {
		m.printf("no dead letters\n")
		return nil
	}
	rows := [][]string{{"ID", "AT", "STREAM", "EVENT TYPE", "REASON"}}
	for _, d := range page.DeadLetters {
		rows = append(rows, []string{d.ID, when(d.At), d.Stream, orDash(d.EventType), d.Reason})
	}
	if err := m.table(rows); err != nil {
		return err
	}
	if page.Next != "" {
		m.printf("more: --before %s\n", page.Next)
	}
	return nil
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

type showDeadCommand struct {
	ID   string `arg:"" name:"id" help:"Id of the dead letter."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (showDeadCommand) Help() string {
	return `Examples:

  skald dead show ID --json`
}

func (c *showDeadCommand) Run(ctx context.Context, m *Main) error {
	return m.withSource(ctx, func(from source) error {
		d, err := from.DeadLetter(ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return m.printJSON(d)
		}
		rows := [][]string{
			{"dead letter", d.ID}, {"reason", d.Reason}, {"at", when(d.At)}, {"stream", d.Stream}, {"entry", orDash(d.EntryID)}, {"group", orDash(d.Group)},
		}
		if d.Resolution != "" {
			rows = append(rows, []string{"resolution", d.Resolution + " by " + d.ResolvedBy + " at " + when(d.ResolvedAt)})
		}
		for _, name := range slices.Sorted(maps.Keys(d.Fields)) {
			rows = append(rows, []string{"field " + name, d.Fields[name]})
		}
		return m.table(rows)
	})
}

type requeueDeadCommand struct {
	ID    string `arg:"" name:"id" help:"Id of the dead letter."`
	Actor string `help:"Who decides (default: your user name)." placeholder:"NAME"`
}

func (requeueDeadCommand) Help() string {
	return `Do it once the cause is mended, such as a definition that was missing.

Examples:

  skald dead requeue ID`
}

func (c *requeueDeadCommand) Run(ctx context.Context, m *Main) error {
	server, err := m.client()
	if err != nil {
		return err
	}
	if err := server.Requeue(ctx, c.ID, api.Resolve{Actor: m.actor(c.Actor)}); err != nil {
		return err
	}
	m.printf("requeued %s\n", c.ID)
	return nil
}

type discardDeadCommand struct {
	ID    string `arg:"" name:"id" help:"Id of the dead letter."`
	Actor string `help:"Who decides (default: your user name)." placeholder:"NAME"`
}

func (discardDeadCommand) Help() string {
	return `Examples:

  skald dead discard ID`
}

func (c *discardDeadCommand) Run(ctx context.Context, m *Main) error {
	server, err := m.client()
	if err != nil {
		return err
	}
	if err := server.Discard(ctx, c.ID, api.Resolve{Actor: m.actor(c.Actor)}); err != nil {
		return err
	}
	m.printf("discarded %s\n", c.ID)
	return nil
}
