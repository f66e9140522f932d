package eventstoretest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var invalidCases = []testCase{
	refused("a lane that is not there", "lanes 0 to", func(s eventstore.Store, b *[]eventstore.LaneAppend) {
		(*b)[0].Lane = eventstore.Lane(s.Lanes())
	}),
	refused("a lane twice", "given twice", func(_ eventstore.Store, b *[]eventstore.LaneAppend) {
		*b = append(*b, eventstore.LaneAppend{Lane: (*b)[0].Lane})
	}),
	refused("a saga twice", "given twice", func(_ eventstore.Store, b *[]eventstore.LaneAppend) {
		(*b)[0].Sagas = append((*b)[0].Sagas, (*b)[0].Sagas[0])
	}),
	refused("a saga in another's lane", "belongs to lane", func(s eventstore.Store, b *[]eventstore.LaneAppend) {
		(*b)[0].Lane = ((*b)[0].Lane + 1) % eventstore.Lane(s.Lanes())
	}),
	refusedSaga("a saga without an id", "no id", func(s *eventstore.SagaAppend) { s.SagaID = domain.SagaID{} }),
	refusedSaga("no events", "no events", func(s *eventstore.SagaAppend) { s.Events = nil }),
	refusedSaga("no correlation id", "correlation id", func(s *eventstore.SagaAppend) { s.CorrelationID = "" }),
	refusedSaga("another correlation id", "not made for", func(s *eventstore.SagaAppend) { s.CorrelationID += "x" }),
	refusedSaga("no status", "status", func(s *eventstore.SagaAppend) { s.Status = "" }),
	refusedSaga("a status with NUL", "not text", func(s *eventstore.SagaAppend) { s.Status = "a\x00b" }),
	refusedEvent("no type", "type", func(e *eventstore.NewEvent) { e.Type = "" }),
	refusedEvent("no time", "recorded_at", func(e *eventstore.NewEvent) { e.RecordedAt = time.Time{} }),
	refusedEvent("a time in nanoseconds", "microseconds", func(e *eventstore.NewEvent) { e.RecordedAt = Epoch.Add(1) }),
	refusedEvent("a cause that is not text", "not text", func(e *eventstore.NewEvent) { e.CausationID = "\xff" }),
	refusedEvent("a payload that is not JSON", "not JSON", func(e *eventstore.NewEvent) { e.Payload = []byte("{") }),
	refusedEvent("no payload", "not JSON", func(e *eventstore.NewEvent) { e.Payload = nil }),
	refusedEvent("a payload not in UTF-8", "not JSON", func(e *eventstore.NewEvent) { e.Payload = []byte("\"\xff\"") }),
}

// refused is a case: a batch of a good saga and one broken by the given function is refused with the given words, and
// nothing of it is written.
func refused(name, words string, breaks func(eventstore.Store, *[]eventstore.LaneAppend)) testCase {
	return testCase{name, func(t *testing.T, store eventstore.Store) {
		good, bad := NewSagaIn(store, 1), NewSagaIn(store, 3)
		batches := []eventstore.LaneAppend{
			{Lane: 3, Sagas: []eventstore.SagaAppend{bad.Continue(0, 2)}},
			{Lane: 1, Sagas: []eventstore.SagaAppend{good.Continue(0, 1)}},
		}
		breaks(store, &batches)
		_, err := store.Append(t.Context(), batches)
		if !errors.Is(err, eventstore.ErrInvalidAppend) || !strings.Contains(err.Error(), words) {
			t.Errorf("Append: %v, want ErrInvalidAppend that says %q", err, words)
		}
		for lane, records := range CheckLog(t, store) {
			if len(records) > 0 {
				t.Errorf("lane %d holds %d events of a refused batch", lane, len(records))
			}
		}
	}}
}

func refusedSaga(name, words string, breaks func(*eventstore.SagaAppend)) testCase {
	return refused(name, words, func(_ eventstore.Store, b *[]eventstore.LaneAppend) { breaks(&(*b)[0].Sagas[0]) })
}

func refusedEvent(name, words string, breaks func(*eventstore.NewEvent)) testCase {
	return refusedSaga(name, words, func(s *eventstore.SagaAppend) { breaks(&s.Events[1]) })
}
