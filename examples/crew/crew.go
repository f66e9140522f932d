// Package crew is what the handlers of the examples have in common: every action reports its stage, takes its time,
// fails where its input asks for a failure, and has its effect once for its idempotency key.
package crew

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/router/participant"
)

// Crew is shared by the handlers of one participant.
type Crew struct {
	// Ledger remembers what was done.
	Ledger *ledger.Ledger
	// Delay is how long each action takes before its effect.
	Delay time.Duration
}

// New makes a crew; a nil ledger means one in memory.
func New(l *ledger.Ledger, delay time.Duration) *Crew {
	if l == nil {
		l = ledger.InMemory()
	}
	return &Crew{Ledger: l, Delay: delay}
}

// Concurrency is how many commands of one group are handled at once. Two deliveries of one command may be among them,
// and a step's two directions: the ledger keeps them apart.
const Concurrency = 16

// halfway is the fraction of the one progress reply that each handler sends.
const halfway = 0.5

// Action says which step is done, and what of its input concerns every step.
type Action struct {
	Step   string // name in the definition
	Stage  string // what to report, such as "planning waypoints"
	FailAt string // the step that shall fail for good, from the saga's input; "" for none
}

// Do does an action: effect is called unless the command's idempotency key has been served before, and its answer is
// the answer. An action whose compensation was there first is refused for good.
func Do[Out any](ctx context.Context, c *Crew, p participant.Progress, a Action, effect func() (Out, error)) (Out, error) {
	p.Report(halfway, a.Stage)
	command := p.Command()
	output, err := ledger.Once(c.Ledger, command.IdempotencyKey, command.EventType, func() (Out, error) {
		var nothing Out
		if err := pause(ctx, c.Delay); err != nil {
			return nothing, err
		}
		if a.FailAt == a.Step {
			return nothing, Refuse("asked_to_fail", fmt.Sprintf("%s failed because the saga's input has fail_at %q", a.Step, a.Step))
		}
		return effect()
	})
	if errors.Is(err, ledger.ErrUndone) {
		return output, Refuse("undone", err.Error())
	}
	return output, err
}

// Undo does a compensation: effect is called, unless the command's key has been served before, with what the action
// had answered; done is false when the action has not been done.
func Undo[Done, Out any](c *Crew, p participant.Progress, stage string, effect func(answer Done, done bool) (Out, error)) (Out, error) {
	p.Report(halfway, stage)
	command := p.Command()
	return ledger.Undo(c.Ledger, command.IdempotencyKey, command.EventType, effect)
}

// Refuse is a failure that trying again will not change. It means that nothing was done.
func Refuse(code, message string) error {
	return participant.Permanent(participant.Fail(code, message))
}

// pause waits for d, or until ctx ends: then the error is ctx's.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
