package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/skald-go/skald/web/api"
)

type projectionsCommand struct {
	List    listProjectionsCommand    `cmd:"" help:"List the projections."`
	Status  statusProjectionsCommand  `cmd:"" help:"Show how far each projection is, lane by lane."`
	Rebuild rebuildProjectionsCommand `cmd:"" help:"Make a projection anew from the log."`
}

func (projectionsCommand) Help() string {
	return `Projections are SQL tables made from the log (saga_status, saga_steps, correlations), to be queried and joined.

Examples:

  skald projections list
  skald projections status --json
  skald projections rebuild saga_status`
}

type listProjectionsCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (listProjectionsCommand) Help() string {
	return `Examples:

  skald projections list --store sqlite:skald.db`
}

func (c *listProjectionsCommand) Run(ctx context.Context, m *Main) error {
	return m.withProjections(ctx, c.JSON, func(all api.Projections) error {
		rows := [][]string{{"NAME", "LAG"}}
		for _, p := range all.Projections {
			rows = append(rows, []string{p.Name, strconv.FormatUint(p.Lag, 10)})
		}
		return m.table(rows)
	})
}

type statusProjectionsCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (statusProjectionsCommand) Help() string {
	return `SEEN is the offset of the last event in the tables, HEAD that of the last event in the log.

Examples:

  skald projections status`
}

func (c *statusProjectionsCommand) Run(ctx context.Context, m *Main) error {
	return m.withProjections(ctx, c.JSON, func(all api.Projections) error {
		rows := [][]string{{"NAME", "LANE", "SEEN", "HEAD", "LAG"}}
		for _, p := range all.Projections {
			for _, lane := range p.Lanes {
				rows = append(rows, []string{p.Name, fmt.Sprint(lane.Lane), fmt.Sprint(lane.Seen), fmt.Sprint(lane.Head), fmt.Sprint(lane.Head - lane.Seen)})
			}
		}
		return m.table(rows)
	})
}

func (m *Main) withProjections(ctx context.Context, asJSON bool, write func(api.Projections) error) error {
	return m.withSource(ctx, func(from source) error {
		all, err := from.Projections(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			return m.printJSON(all)
		}
		return write(all)
	})
}

type rebuildProjectionsCommand struct {
	Name string `arg:"" help:"Name of the projection."`
}

func (rebuildProjectionsCommand) Help() string {
	return `Readers see the old rows until the new ones are complete.

Examples:

  skald projections rebuild saga_status`
}

func (c *rebuildProjectionsCommand) Run(ctx context.Context, m *Main) error {
	return m.withSource(ctx, func(from source) error {
		if err := from.Rebuild(ctx, c.Name); err != nil {
			return err
		}
		m.printf("rebuilt %s\n", c.Name)
		return nil
	})
}
