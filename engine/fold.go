package engine

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// fold is the state after a saga's history. The error names the version that cannot be read or could not have happened.
func fold(id domain.SagaID, history []eventstore.Record) (domain.State, error) {
	events := make([]domain.Event, len(history))
	for i := range history {
		e, err := eventOf(&history[i])
		if err != nil {
			return domain.State{}, fmt.Errorf("history of saga %s: %w", id, err)
		}
		events[i] = e
	}
	state, err := domain.Fold(id, events)
	if err != nil {
		return domain.State{}, fmt.Errorf("history of saga %s: %w", id, err)
	}
	return state, nil
}

func eventOf(r *eventstore.Record) (domain.Event, error) {
	fact, err := domain.DecodeFact(domain.FactType(r.Type), r.SchemaVersion, r.Payload)
	if err != nil {
		return domain.Event{}, fmt.Errorf("version %d: %w", r.Version, err)
	}
	return domain.Event{At: r.RecordedAt, Fact: fact}, nil
}

// effectsOf are the messages that followed from the wanted events of a history.
func effectsOf(def *domain.Definition, id domain.SagaID, history []eventstore.Record, wanted func(*eventstore.Record) bool) ([]domain.Envelope, error) {
	var effects []domain.Envelope
	state := domain.NewState(id)
	for i := range history {
		e, err := eventOf(&history[i])
		if err != nil {
			return nil, err
		}
		if state, err = domain.Evolve(state, e); err != nil {
			return nil, err
		}
		if !wanted(&history[i]) {
			continue
		}
		for _, effect := range domain.Effects(def, state, e) {
			effect.TraceParent = history[i].Trace
			effects = append(effects, effect)
		}
	}
	return effects, nil
}

// State is the saga as its history has it, read from the store. The error is ErrNoSaga when there is none.
func (e *Engine) State(ctx context.Context, id domain.SagaID) (domain.State, error) {
	histories, err := e.config.Store.ReadSagas(ctx, []domain.SagaID{id})
	if err != nil {
		return domain.State{}, fmt.Errorf("read saga %s: %w", id, err)
	}
	if len(histories[0]) == 0 {
		return domain.State{}, fmt.Errorf("saga %s: %w", id, ErrNoSaga)
	}
	return fold(id, histories[0])
}
