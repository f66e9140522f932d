package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/replay"
	"github.com/skald-go/skald/web/api"
)

// byOperator is what every operation on a saga says: who asks and why, and whether it is meant.
type byOperator struct {
	Reason string `required:"" help:"Why; it is kept in the saga's history." placeholder:"TEXT"`
	Actor  string `help:"Who asks (default: your user name)." placeholder:"NAME"`
	DryRun bool   `help:"Change nothing; print the events that would follow."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

type (
	cancelCommand struct {
		Saga string `arg:"" help:"Id of the saga."`
		byOperator
	}
	compensateCommand struct {
		Saga string `arg:"" help:"Id of the saga."`
		byOperator
	}
	pauseCommand struct {
		Saga string `arg:"" help:"Id of the saga."`
		byOperator
	}
	resumeCommand struct {
		Saga string `arg:"" help:"Id of the saga."`
		byOperator
	}
	retryCommand struct {
		Saga string `arg:"" help:"Id of the saga."`
		Step string `arg:"" optional:"" help:"Name of the step (default: the one that the saga is stuck on)."`
		byOperator
	}
	skipCommand struct {
		Saga string `arg:"" help:"Id of the saga."`
		Step string `arg:"" optional:"" help:"Name of the step (default: the one that the saga is stuck on)."`
		byOperator
	}
	completeCommand struct {
		Saga   string `arg:"" help:"Id of the saga."`
		Step   string `arg:"" optional:"" help:"Name of the step (default: the one that the saga is stuck on)."`
		Output string `help:"What the step would have answered: a JSON object, or @FILE (default {})." placeholder:"JSON"`
		byOperator
	}
	resolveCommand struct {
		Saga string `arg:"" help:"Id of the saga."`
		Step string `arg:"" optional:"" help:"Name of the step (default: the one that the saga is stuck on)."`
		byOperator
	}
)

const exampleSaga = "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1"

func (cancelCommand) Help() string {
	return `The saga turns round: its open step is waited for, then what was done is undone in reverse order, and it ends as
cancelled.

Examples:

  skald cancel ` + exampleSaga + ` --reason "the customer changed their mind"
  skald cancel ` + exampleSaga + ` --reason "the customer changed their mind" --dry-run`
}

func (compensateCommand) Help() string {
	return `The saga turns round as if a step had failed: what was done is undone in reverse order, and it ends as compensated. A
saga that is stuck because the outcome of its point of no return is in doubt turns round too: find out first that nothing
was done.

Examples:

  skald compensate ` + exampleSaga + ` --reason "the carrier has gone out of business"`
}

func (pauseCommand) Help() string {
	return `Nothing is sent and nothing times out until 'skald resume'. Replies are recorded.

Examples:

  skald pause ` + exampleSaga + ` --reason "payment service is being moved"`
}

func (resumeCommand) Help() string {
	return `The saga goes on. Deadlines that passed and retries that fell due during the pause are handled at once.

Examples:

  skald resume ` + exampleSaga + ` --reason "payment service is back"`
}

func (retryCommand) Help() string {
	return `The next attempt of a step is made now: of one that waits for it, or of one that the saga is stuck on, forward or back,
however many attempts its policy allows.

Examples:

  skald retry ` + exampleSaga + ` charge --reason "the bank is back"
  skald retry ` + exampleSaga + ` --reason "the bank is back" --dry-run`
}

func (skipCommand) Help() string {
	return `The step counts as done, with the output {}, and is never undone. The saga goes on. Should its participant answer with
success after all, the step is done, and is undone like any other if the saga turns round.

Examples:

  skald skip ` + exampleSaga + ` send_mail --reason "customer was called instead"`
}

func (completeCommand) Help() string {
	return `The step counts as done, with the output that you give. If the saga turns round it is undone like any other.

Examples:

  skald complete ` + exampleSaga + ` charge --output '{"receipt": "R-7"}' --reason "paid in cash"
  skald complete ` + exampleSaga + ` charge --output @receipt.json --reason "paid in cash" --dry-run`
}

func (resolveCommand) Help() string {
	return `You state that a step whose compensation is stuck has been undone by hand. The saga goes on undoing the others.

Examples:

  skald resolve ` + exampleSaga + ` charge --reason "refunded at the counter"`
}

func (c *cancelCommand) Run(ctx context.Context, m *Main) error {
	return m.operate(ctx, c.Saga, domain.VerbCancel, c.byOperator, api.Operation{})
}

func (c *compensateCommand) Run(ctx context.Context, m *Main) error {
	return m.operate(ctx, c.Saga, domain.VerbCompensate, c.byOperator, api.Operation{})
}

func (c *pauseCommand) Run(ctx context.Context, m *Main) error {
	return m.operate(ctx, c.Saga, domain.VerbPause, c.byOperator, api.Operation{})
}

func (c *resumeCommand) Run(ctx context.Context, m *Main) error {
	return m.operate(ctx, c.Saga, domain.VerbResume, c.byOperator, api.Operation{})
}

func (c *retryCommand) Run(ctx context.Context, m *Main) error {
	return m.operate(ctx, c.Saga, domain.VerbRetry, c.byOperator, api.Operation{Step: c.Step})
}

func (c *skipCommand) Run(ctx context.Context, m *Main) error {
	return m.operate(ctx, c.Saga, domain.VerbSkip, c.byOperator, api.Operation{Step: c.Step})
}

func (c *completeCommand) Run(ctx context.Context, m *Main) error {
	output, err := readObject("--output", cmp.Or(c.Output, "{}"), m.Stdin)
	if err != nil {
		return err
	}
	return m.operate(ctx, c.Saga, domain.VerbComplete, c.byOperator, api.Operation{Step: c.Step, Output: output})
}

func (c *resolveCommand) Run(ctx context.Context, m *Main) error {
	return m.operate(ctx, c.Saga, domain.VerbResolve, c.byOperator, api.Operation{Step: c.Step})
}

// operate asks the server, and prints what followed or would follow.
func (m *Main) operate(ctx context.Context, saga string, verb domain.Verb, by byOperator, op api.Operation) error {
	id, err := parseSaga(saga)
	if err != nil {
		return err
	}
	server, err := m.client()
	if err != nil {
		return err
	}
	op.Actor, op.Reason = m.actor(by.Actor), by.Reason
	answer, err := server.Operate(ctx, id, verb, op, by.DryRun)
	if err != nil {
		return err
	}
	if by.JSON {
		return m.printJSON(answer)
	}
	return m.writeConsequences(id, answer)
}

func (m *Main) writeConsequences(id domain.SagaID, answer api.Operated) error {
	if answer.DryRun {
		m.printf("nothing has changed; this would follow:\n")
	}
	for _, e := range answer.Events {
		fact, err := domain.DecodeFact(domain.FactType(e.Type), domain.SchemaVersion, e.Payload)
		if err != nil {
			return fmt.Errorf("the server's answer: %w", err)
		}
		m.printf("  %s\n", printable(replay.InWords(fact)))
	}
	if !answer.DryRun {
		m.printf("`skald status %s` shows how far it is\n", id)
	}
	return nil
}

// actor is who acts: as given, or as the environment knows it.
func (m *Main) actor(given string) string {
	return cmp.Or(given, lookupEnv(m.Env, "USER"), lookupEnv(m.Env, "LOGNAME"), "unknown")
}
