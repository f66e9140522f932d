package web

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

// Operate does what a person asks of a saga, or, with dryRun, tells what would follow. What the saga does later in
// consequence happens after Operate has returned.
func (s *Service) Operate(ctx context.Context, id domain.SagaID, verb domain.Verb, by api.Operation, dryRun bool) (api.Operated, error) {
	if s.Engine == nil {
		return api.Operated{}, readOnly(fmt.Sprintf("to %s a saga", verb))
	}
	if by.Actor == "" || by.Reason == "" {
		return api.Operated{}, invalid("who asks, or why, is missing", "give \"actor\" and \"reason\"; both are kept in the saga's history")
	}
	op := domain.Operation{Verb: verb, Step: by.Step, Output: by.Output, Actor: by.Actor, Reason: by.Reason}
	events, err := s.Engine.Operate(ctx, id, op, dryRun)
	if refused := (*domain.RefusedError)(nil); errors.As(err, &refused) {
		return api.Operated{}, api.NewProblem(api.Refused, refused.Reason, "`skald status "+id.String()+"` shows where it stands")
	}
	if err != nil {
		return api.Operated{}, problemOf(err)
	}
	return operated(events, dryRun)
}

func operated(events []domain.Event, dryRun bool) (api.Operated, error) {
	answer := api.Operated{DryRun: dryRun, Events: make([]api.Consequence, len(events))}
	for i, e := range events {
		payload, err := domain.EncodeFact(e.Fact)
		if err != nil {
			return api.Operated{}, problemOf(err)
		}
		answer.Events[i] = api.Consequence{Type: string(e.Fact.Type()), Payload: payload}
	}
	return answer, nil
}

// Cancel records that somebody wants a saga to turn round. What was done is undone after Cancel has returned.
func (s *Service) Cancel(ctx context.Context, id domain.SagaID, by api.Cancel) error {
	_, err := s.Operate(ctx, id, domain.VerbCancel, api.Operation{Actor: by.Actor, Reason: by.Reason}, false)
	return err
}

// known reports whether there is such an operation.
func known(verb domain.Verb) bool { return slices.Contains(domain.Verbs(), verb) }
