package engine

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/domain"
)

// Operate does what a person asks of a saga, and returns the events that followed at once; what follows later, such as
// the compensations of a saga that turns round, one after another, follows as ever. It returns when that is durable and
// its commands have been handed to the publisher once. A *domain.RefusedError says why it makes no sense.
//
// With dryRun nothing happens: the events are those that would follow if the operation were asked for now.
func (e *Engine) Operate(ctx context.Context, id domain.SagaID, op domain.Operation, dryRun bool) ([]domain.Event, error) {
	if dryRun {
		return e.preview(ctx, id, op)
	}
	s := &submission{saga: id, trigger: op, causationID: string(op.Verb) + ":" + op.Actor}
	if err := e.submit(ctx, s, 0); err != nil {
		return nil, err
	}
	return s.events, nil
}

// preview decides on the history as it is, and keeps nothing.
func (e *Engine) preview(ctx context.Context, id domain.SagaID, op domain.Operation) ([]domain.Event, error) {
	state, err := e.State(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := e.definitions.pinned(ctx, state.Definition)
	if err != nil {
		return nil, fmt.Errorf("preview %s of saga %s: %w", op.Verb, id, err)
	}
	return domain.Decide(def, state, domain.Input{At: e.now(), Random: e.config.Random(), Trigger: op})
}

// Cancel turns a saga round on somebody's word: what was done is undone, and the saga ends as cancelled. It returns when
// that is decided and durable, not when it is done. A *domain.RefusedError says why it is too late.
func (e *Engine) Cancel(ctx context.Context, id domain.SagaID, actor, reason string) error {
	_, err := e.Operate(ctx, id, domain.Operation{Verb: domain.VerbCancel, Actor: actor, Reason: reason}, false)
	return err
}
