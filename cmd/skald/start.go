package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

type startCommand struct {
	Name          string        `arg:"" help:"Name of the definition."`
	Input         string        `help:"Input, a JSON object; @FILE reads it from a file, @- from standard input." default:"{}" placeholder:"JSON|@FILE"`
	CorrelationID string        `help:"Conversation that the saga belongs to (default: one of its own)." placeholder:"ID"`
	Key           string        `help:"Your name for this start: the same key again starts nothing and answers with the saga it started." placeholder:"KEY"`
	Version       int           `help:"Version of the definition (default: the newest)." placeholder:"N"`
	ReplyStream   string        `help:"Stream for the saga's own start, progress, completed or failed." placeholder:"STREAM"`
	Wait          bool          `help:"Wait until the saga has ended; exit 0 only if it completed."`
	Timeout       time.Duration `help:"Longest wait with --wait." default:"10m"`
	JSON          bool          `name:"json" help:"Print JSON."`
}

func (startCommand) Help() string {
	return `Examples:

  skald start mission --input '{"robot_count": 2, "area": "ZoneA"}' --wait
  skald start order --input @order.json --key order-4711
  echo '{"item": "lamp", "quantity": 1}' | skald start order --input @- --json`
}

func (c *startCommand) Run(ctx context.Context, m *Main) error {
	input, err := readObject("--input", c.Input, m.Stdin)
	if err != nil {
		return err
	}
	server, err := m.client()
	if err != nil {
		return err
	}
	started, err := server.Start(ctx, api.Start{
		Definition: c.Name, Version: c.Version, CorrelationID: c.CorrelationID, Key: c.Key, Input: input, ReplyStream: c.ReplyStream,
	})
	if err != nil {
		return err
	}
	if !c.Wait {
		if c.JSON {
			return m.printJSON(started)
		}
		m.printf("%s  (conversation %s)\n", started.SagaID, printable(started.CorrelationID))
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	saga, err := server.Await(ctx, started.SagaID)
	if errors.Is(err, context.DeadlineExceeded) {
		return failf(exitUnknown, "saga %s has not ended within %s; it goes on, `skald status %s` shows where it stands", started.SagaID, c.Timeout, started.SagaID)
	}
	if err != nil {
		return err
	}
	return m.writeOutcome(saga, c.JSON)
}

// writeOutcome prints a saga that has settled; the error says that it did not complete.
func (m *Main) writeOutcome(saga api.Saga, asJSON bool) error {
	write := m.writeSaga
	if asJSON {
		write = func(s api.Saga) error { return m.printJSON(s) }
	}
	if err := write(saga); err != nil {
		return err
	}
	switch saga.Status {
	case domain.Completed:
		return nil
	case domain.Stuck:
		return failf(exitFailed, "saga %s is stuck and waits for a person: %s; `skald replay --correlation-id %s` recites how it came to that",
			saga.SagaID, saga.Error, saga.CorrelationID)
	}
	return failf(exitFailed, "saga %s did not complete, it is %s: %s; `skald replay --correlation-id %s` recites why",
		saga.SagaID, saga.Status, saga.Error, saga.CorrelationID)
}

// readObject is the value of a flag as given, or the content of @FILE; it must be a JSON object.
func readObject(flag, text string, stdin io.Reader) (json.RawMessage, error) {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		content, err := readNamed(name, stdin)
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
		return nil, usagef("%s is not a JSON object; write %s '{\"area\": \"ZoneA\"}', or %s @FILE", flag, flag, flag)
	}
	return json.RawMessage(text), nil
}

func readNamed(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		content, err := io.ReadAll(stdin)
		if err != nil {
			return nil, failf(exitFailed, "standard input cannot be read: %w", err)
		}
		return content, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, failf(exitNotFound, "the file cannot be read: %w; check its name", err)
	}
	return content, nil
}
