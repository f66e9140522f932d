package projections

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// folder turns records into the states after them.
type folder struct {
	store       eventstore.Store
	states      *states
	definitions *stepCounts
}

// folded is a batch after folding: what can be applied, and the sagas that cannot be read.
type folded struct {
	batch  Batch
	broken []broken
	states []domain.State // to be kept once the batch is committed
}

// broken is a saga that could not be folded.
type broken struct {
	id       domain.SagaID
	lane     eventstore.Lane
	position eventstore.Offset // of the first record of the batch that has no effect
	version  uint64
	reason   string
}

// touched are the records of one saga within a batch.
type touched struct {
	id      domain.SagaID
	records []int // indexes
	before  domain.State
	known   bool  // before is the state before the first record
	fault   error // why before could not be folded
}

// historiesAtOnce bounds the histories held in memory while a batch is folded.
const historiesAtOnce = 200

// fold is the states after records, which are in order within each lane. An error is the store's; a saga that cannot be
// folded is no error but stands among the broken.
func (f *folder) fold(ctx context.Context, records []eventstore.Record) (folded, error) {
	sagas := f.group(records)
	if err := f.readBefore(ctx, records, sagas); err != nil {
		return folded{}, err
	}
	var out folded
	facts := make([]domain.Fact, len(records))
	for _, saga := range sagas {
		state, err := saga.advance(records, facts)
		if err != nil {
			first := &records[saga.records[0]]
			out.broken = append(out.broken, broken{
				id: saga.id, lane: first.Lane, position: first.Offset, version: first.Version, reason: err.Error(),
			})
			for _, i := range saga.records {
				facts[i] = nil
			}
			continue
		}
		count, err := f.definitions.of(ctx, state.Definition)
		if err != nil {
			return folded{}, err
		}
		out.batch.Sagas = append(out.batch.Sagas, Saga{
			Before: saga.before, State: state, Lane: records[saga.records[0]].Lane, StepCount: count,
		})
		out.states = append(out.states, state)
	}
	for i, fact := range facts {
		if fact != nil {
			out.batch.Events = append(out.batch.Events, Event{Record: records[i], Fact: fact})
		}
	}
	return out, nil
}

// keep remembers the states of a batch that has been committed.
func (f *folder) keep(states []domain.State) {
	for _, state := range states {
		f.states.put(state)
	}
}

// group gathers records by saga, in order of their first record, with the state before it where that is at hand.
func (f *folder) group(records []eventstore.Record) []*touched {
	byID := make(map[domain.SagaID]*touched)
	var sagas []*touched
	for i := range records {
		r := &records[i]
		saga, seen := byID[r.SagaID]
		if !seen {
			saga = &touched{id: r.SagaID, before: domain.NewState(r.SagaID), known: r.Version == 1}
			if state, ok := f.states.get(r.SagaID); ok && state.Version+1 == r.Version {
				saga.before, saga.known = state, true
			}
			byID[r.SagaID] = saga
			sagas = append(sagas, saga)
		}
		saga.records = append(saga.records, i)
	}
	return sagas
}

// readBefore folds, from history, the states that were not at hand. One that cannot be folded becomes its saga's fault.
func (f *folder) readBefore(ctx context.Context, records []eventstore.Record, sagas []*touched) error {
	var missing []*touched
	for _, saga := range sagas {
		if !saga.known {
			missing = append(missing, saga)
		}
	}
	for len(missing) > 0 {
		some := missing[:min(len(missing), historiesAtOnce)]
		missing = missing[len(some):]
		ids := make([]domain.SagaID, len(some))
		for i, saga := range some {
			ids[i] = saga.id
		}
		histories, err := f.store.ReadSagas(ctx, ids)
		if err != nil {
			return fmt.Errorf("read histories: %w", err)
		}
		for i, saga := range some {
			saga.before, saga.fault = foldBefore(saga.id, histories[i], records[saga.records[0]].Version)
		}
	}
	return nil
}

// foldBefore is the state before the given version.
func foldBefore(id domain.SagaID, history []eventstore.Record, version uint64) (domain.State, error) {
	state := domain.NewState(id)
	for i := range history {
		if history[i].Version >= version {
			break
		}
		next, _, err := evolve(state, &history[i])
		if err != nil {
			return state, err
		}
		state = next
	}
	return state, nil
}

// advance is the state after the saga's records, and writes down what each of them says.
func (t *touched) advance(records []eventstore.Record, facts []domain.Fact) (domain.State, error) {
	if t.fault != nil {
		return domain.State{}, t.fault
	}
	state := t.before
	for _, i := range t.records {
		next, fact, err := evolve(state, &records[i])
		if err != nil {
			return domain.State{}, err
		}
		state, facts[i] = next, fact
	}
	return state, nil
}

// evolve is the state after one record. The error says which version stands in the way, and why.
func evolve(s domain.State, r *eventstore.Record) (domain.State, domain.Fact, error) {
	if r.Version != s.Version+1 {
		return s, nil, fmt.Errorf("version %d cannot be folded: the history before it can be read up to version %d only", r.Version, s.Version)
	}
	fact, err := domain.DecodeFact(domain.FactType(r.Type), r.SchemaVersion, r.Payload)
	if err != nil {
		return s, nil, fmt.Errorf("version %d: %w", r.Version, err)
	}
	next, err := domain.Evolve(s, domain.Event{At: r.RecordedAt, Fact: fact})
	return next, fact, err
}
