package main

import (
	"context"

	"github.com/skald-go/skald/domain"
)

type statusCommand struct {
	Saga          string `arg:"" optional:"" help:"Id of a saga."`
	CorrelationID string `help:"Show all sagas of this conversation instead." placeholder:"ID"`
	JSON          bool   `name:"json" help:"Print JSON."`
}

func (statusCommand) Help() string {
	return `Examples:

  skald status 01932c07-209f-7ab4-8cf2-5d1f4be0a3c1
  skald status --correlation-id c1 --json
  skald status --correlation-id c1 --store postgres://skald@db/skald`
}

func (c *statusCommand) Run(ctx context.Context, m *Main) error {
	if (c.Saga == "") == (c.CorrelationID == "") {
		return usagef("name either a saga or a conversation: `skald status SAGA`, or `skald status --correlation-id ID`")
	}
	if c.CorrelationID != "" {
		return m.withSource(ctx, func(from source) error { return c.conversation(ctx, m, from) })
	}
	id, err := parseSaga(c.Saga)
	if err != nil {
		return err
	}
	return m.withSource(ctx, func(from source) error {
		saga, err := from.Saga(ctx, id)
		if err != nil {
			return err
		}
		if c.JSON {
			return m.printJSON(saga)
		}
		return m.writeSaga(saga)
	})
}

func (c *statusCommand) conversation(ctx context.Context, m *Main, from source) error {
	all, err := from.Conversation(ctx, c.CorrelationID)
	if err != nil {
		return err
	}
	if c.JSON {
		return m.printJSON(all)
	}
	for i, saga := range all.Sagas {
		if i > 0 {
			m.printf("\n")
		}
		if err := m.writeSaga(saga); err != nil {
			return err
		}
	}
	return nil
}

func parseSaga(text string) (domain.SagaID, error) {
	id, err := domain.ParseSagaID(text)
	if err != nil {
		return id, usagef("%w; `skald list` shows the ids of sagas, `--correlation-id` finds a conversation", err)
	}
	return id, nil
}
