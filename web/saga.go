package web

import (
	"context"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/web/api"
)

// Saga is where a saga stands, folded from its history: what was acknowledged before the call is in it.
func (s *Service) Saga(ctx context.Context, id domain.SagaID) (api.Saga, error) {
	records, err := s.records(ctx, id)
	if err != nil {
		return api.Saga{}, err
	}
	return sagaOf(id, records)
}

// records is the history of a saga that exists.
func (s *Service) records(ctx context.Context, id domain.SagaID) ([]eventstore.Record, error) {
	histories, err := s.Store.ReadSagas(ctx, []domain.SagaID{id})
	if err != nil {
		return nil, problemOf(err)
	}
	if len(histories[0]) == 0 {
		return nil, noSaga(fmt.Sprintf("there is no saga %s", id))
	}
	return histories[0], nil
}

// sagaOf folds a history and leaves out what is nobody's business outside.
func sagaOf(id domain.SagaID, records []eventstore.Record) (api.Saga, error) {
	state := domain.NewState(id)
	for i := range records {
		fact, err := domain.DecodeFact(domain.FactType(records[i].Type), records[i].SchemaVersion, records[i].Payload)
		if err == nil {
			state, err = domain.Evolve(state, domain.Event{At: records[i].RecordedAt, Fact: fact})
		}
		if err != nil {
			return api.Saga{}, problemOf(fmt.Errorf("history of saga %s, version %d: %w", id, records[i].Version, err))
		}
	}
	return viewOf(state), nil
}

func viewOf(state domain.State) api.Saga {
	saga := api.Saga{
		SagaID:        state.SagaID,
		CorrelationID: state.CorrelationID,
		Definition:    state.Definition,
		Status:        state.Status,
		Paused:        state.Paused,
		Version:       state.Version,
		Error:         state.Trouble(),
		Input:         state.Input,
		StartedAt:     state.StartedAt,
		Deadline:      state.Deadline,
		UpdatedAt:     state.UpdatedAt,
		EndedAt:       state.EndedAt,
	}
	for i := range state.Steps {
		step := &state.Steps[i]
		saga.Steps = append(saga.Steps, api.Step{
			Name:         step.Name,
			Phase:        step.Phase,
			Attempts:     step.Action.Count,
			UndoAttempts: step.Undo.Count,
			InDoubt:      step.InDoubt(),
			Fraction:     step.Fraction,
			Output:       step.Output,
			Error:        step.Error,
			CommandedAt:  step.CommandedAt,
			EndedAt:      step.EndedAt,
		})
	}
	return saga
}

// lookAgain bounds how long a wait goes without looking, should a wake-up of the store be missed.
const lookAgain = 250 * time.Millisecond

// Await is Saga once the saga has ended or is stuck. When ctx ends before, it is where the saga stands then.
func (s *Service) Await(ctx context.Context, id domain.SagaID) (api.Saga, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	appended := s.Store.Appended(watching) // before the first look, so that nothing falls between
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		saga, err := s.Saga(context.WithoutCancel(ctx), id)
		if err != nil || saga.Settled() {
			return saga, err
		}
		select {
		case <-ctx.Done():
			return saga, nil
		case <-appended:
		case <-look.C:
		}
	}
}
