package main

import (
	"cmp"
	"context"

	"github.com/skald-go/skald/web/api"
)

type cancelCommand struct {
	Saga   string `arg:"" help:"Id of the saga."`
	Reason string `required:"" help:"Why; it is kept in the saga's history." placeholder:"TEXT"`
	Actor  string `help:"Who asks (default: your user name)." placeholder:"NAME"`
}

func (cancelCommand) Help() string {
	return `The saga turns round: its open step is waited for, then what was done is undone in reverse order.

Examples:

  skald cancel 01932c07-209f-7ab4-8cf2-5d1f4be0a3c1 --reason "the customer changed their mind"`
}

func (c *cancelCommand) Run(ctx context.Context, m *Main) error {
	id, err := parseSaga(c.Saga)
	if err != nil {
		return err
	}
	server, err := m.client()
	if err != nil {
		return err
	}
	if err := server.Cancel(ctx, id, api.Cancel{Actor: m.actor(c.Actor), Reason: c.Reason}); err != nil {
		return err
	}
	m.printf("saga %s turns round; `skald status %s` shows how far it is\n", id, id)
	return nil
}

// actor is who acts: as given, or as the environment knows it.
func (m *Main) actor(given string) string {
	return cmp.Or(given, lookupEnv(m.Env, "USER"), lookupEnv(m.Env, "LOGNAME"), "unknown")
}
