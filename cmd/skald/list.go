package main

import (
	"context"
	"slices"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web"
	"github.com/skald-go/skald/web/api"
)

type listCommand struct {
	Status        string `help:"Only sagas of this status: running, compensating, completed, compensated, cancelled, stuck." placeholder:"STATUS"`
	Definition    string `help:"Only sagas of this definition." placeholder:"NAME"`
	CorrelationID string `help:"Only sagas of this conversation." placeholder:"ID"`
	Limit         int    `help:"At most so many." default:"50"`
	After         string `help:"Continue after the page before (its \"next\")." placeholder:"NEXT"`
	JSON          bool   `name:"json" help:"Print JSON."`
}

func (listCommand) Help() string {
	return `Examples:

  skald list --status stuck
  skald list --definition mission --limit 10 --json
  skald list --store sqlite:skald.db`
}

func (c *listCommand) Run(ctx context.Context, m *Main) error {
	if c.Limit < 1 || c.Limit > api.MaxLimit {
		return usagef("--limit must be between 1 and %d; --after continues a list", api.MaxLimit)
	}
	if c.Status != "" && !slices.Contains(web.Statuses, domain.Status(c.Status)) {
		return usagef("there is no status %q; use one of %s", c.Status, web.StatusNames())
	}
	q := api.SagaQuery{Status: domain.Status(c.Status), Definition: c.Definition, CorrelationID: c.CorrelationID, Limit: c.Limit, After: c.After, Latest: true}
	return m.withSource(ctx, func(from source) error {
		page, err := from.Sagas(ctx, q)
		if err != nil {
			return err
		}
		if c.JSON {
			return m.printJSON(page)
		}
		return m.writeSagas(page)
	})
}

func (m *Main) writeSagas(page api.Sagas) error {
	if len(page.Sagas) == 0 {
		m.printf("no sagas\n")
		return nil
	}
	rows := [][]string{{"SAGA", "STATUS", "DEFINITION", "CONVERSATION", "STARTED", "ERROR"}}
	for _, s := range page.Sagas {
		rows = append(rows, []string{s.SagaID.String(), string(s.Status), s.Definition.Name, s.CorrelationID, when(s.StartedAt), s.Error})
	}
	if err := m.table(rows); err != nil {
		return err
	}
	if page.Next != "" {
		m.printf("more: --after %s\n", page.Next)
	}
	return nil
}
