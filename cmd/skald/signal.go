package main

import (
	"cmp"
	"context"

	"github.com/skald-go/skald/web/api"
)

type signalCommand struct {
	Saga    string `arg:"" help:"Id of the saga."`
	Name    string `arg:"" help:"Name of the signal."`
	Payload string `help:"What the saga is told: a JSON object, or @FILE (default {}). It is the output of the step that waits." placeholder:"JSON"`
	Key     string `help:"Your name for this signal: sent again with the same key it changes nothing." placeholder:"KEY"`
}

func (signalCommand) Help() string {
	return `The step that has waited longest for the signal is done, with the payload as its output. A signal that comes before its
step begins to wait is kept for it.

Examples:

  skald signal ` + exampleSaga + ` approved
  skald signal ` + exampleSaga + ` approved --payload '{"by": "olga"}' --key request-7`
}

func (c *signalCommand) Run(ctx context.Context, m *Main) error {
	id, err := parseSaga(c.Saga)
	if err != nil {
		return err
	}
	payload, err := readObject("--payload", cmp.Or(c.Payload, "{}"), m.Stdin)
	if err != nil {
		return err
	}
	server, err := m.client()
	if err != nil {
		return err
	}
	if err := server.Signal(ctx, id, c.Name, api.Signal{Payload: payload, Key: c.Key}); err != nil {
		return err
	}
	m.printf("saga %s has been told; `skald status %s` shows how far it is\n", id, id)
	return nil
}
