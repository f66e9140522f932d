package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// ErrNoConversation: the store has no saga of that correlation id.
var ErrNoConversation = errors.New("no saga has this correlation id")

// Options say where to stop. The zero Options tell everything.
type Options struct {
	ToVersion uint64    // the last version told of each saga; 0: all
	At        time.Time // the last moment told; zero: all
}

// includes reports whether an event is to be told.
func (o Options) includes(r *eventstore.Record) bool {
	return (o.ToVersion == 0 || r.Version <= o.ToVersion) && (o.At.IsZero() || !r.RecordedAt.After(o.At))
}

// Recite tells every saga of a conversation from its history. The error is ErrNoConversation or the store's; a history
// that cannot be folded is told all the same, with the reason in Saga.Fault.
func Recite(ctx context.Context, store eventstore.Store, correlationID string, options Options) (Recital, error) {
	heads, err := store.SagasByCorrelation(ctx, correlationID)
	if err != nil {
		return Recital{}, fmt.Errorf("recite %q: %w", correlationID, err)
	}
	if len(heads) == 0 {
		return Recital{}, fmt.Errorf("recite %q: %w", correlationID, ErrNoConversation)
	}
	ids := make([]domain.SagaID, len(heads))
	for i := range heads {
		ids[i] = heads[i].SagaID
	}
	histories, err := store.ReadSagas(ctx, ids)
	if err != nil {
		return Recital{}, fmt.Errorf("recite %q: %w", correlationID, err)
	}
	recital := Recital{CorrelationID: correlationID, ToVersion: options.ToVersion, At: options.At, Sagas: []Saga{}}
	for i := range heads {
		if saga := reciteSaga(heads[i], histories[i], options); len(saga.Events) > 0 {
			recital.Sagas = append(recital.Sagas, saga)
		}
	}
	return recital, nil
}

func reciteSaga(head eventstore.SagaHead, history []eventstore.Record, options Options) Saga {
	saga := Saga{
		SagaID: head.SagaID, Definition: head.Definition, Lane: head.Lane,
		Events: []Event{}, State: domain.NewState(head.SagaID),
	}
	times := newStopwatch()
	for i := range history {
		r := &history[i]
		if !options.includes(r) {
			saga.Later++
			continue
		}
		event := Event{
			Version: r.Version, Lane: r.Lane, Offset: r.Offset, Type: r.Type, RecordedAt: r.RecordedAt,
			CausationID: r.CausationID, Trace: r.Trace, Payload: r.Payload,
		}
		if told := len(saga.Events); told > 0 {
			event.Since = r.RecordedAt.Sub(saga.Events[told-1].RecordedAt)
			saga.Took = r.RecordedAt.Sub(saga.Events[0].RecordedAt)
		}
		saga.tell(&event, r, times)
		saga.Events = append(saga.Events, event)
	}
	saga.ByStep = times.read(saga.State)
	return saga
}

// tell says in words what a record says, and folds it unless a record before it could not be.
func (s *Saga) tell(event *Event, r *eventstore.Record, times *stopwatch) {
	fact, err := domain.DecodeFact(domain.FactType(r.Type), r.SchemaVersion, r.Payload)
	if err != nil {
		event.What = fmt.Sprintf("%s, which this build cannot read", r.Type)
		s.fault(r.Version, err)
		return
	}
	event.What = InWords(fact)
	if s.Fault != "" {
		return
	}
	if r.Version != s.State.Version+1 {
		s.fault(r.Version, fmt.Errorf("it follows version %d", s.State.Version))
		return
	}
	next, err := domain.Evolve(s.State, domain.Event{At: r.RecordedAt, Fact: fact})
	if err != nil {
		s.fault(r.Version, err)
		return
	}
	s.State, event.State = next, &next
	times.observe(r.RecordedAt, fact)
}

func (s *Saga) fault(version uint64, err error) {
	if s.Fault == "" {
		s.Fault = fmt.Sprintf("the state is not known from version %d on: %v", version, err)
	}
}
