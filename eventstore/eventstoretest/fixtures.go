package eventstoretest

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Epoch is the moment at which the suite's sagas begin.
var Epoch = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// patience bounds a wait for something that is going to happen.
const patience = 30 * time.Second

var definition = domain.DefinitionRef{Name: "order", Version: 1, Digest: "sha256:0d"}

var sagaCount atomic.Uint64

// Saga is a saga to write to: the conversation it belongs to, and its id.
type Saga struct {
	ID            domain.SagaID
	CorrelationID string
	Lane          eventstore.Lane
}

// NewSaga makes a saga of a conversation. Each is later than the one before it, so that ids sort in the order of the calls.
func NewSaga(store eventstore.Store, correlationID string) Saga {
	n := sagaCount.Add(1)
	var random [8]byte
	binary.BigEndian.PutUint64(random[:], n)
	id := domain.NewSagaID(Epoch.Add(time.Duration(n)*time.Millisecond), correlationID, random)
	return Saga{ID: id, CorrelationID: correlationID, Lane: eventstore.LaneOfSaga(id, store.Lanes())}
}

// NewSagaIn makes a saga in the given lane.
func NewSagaIn(store eventstore.Store, lane eventstore.Lane) Saga {
	for n := 0; ; n++ {
		correlationID := fmt.Sprintf("conversation-%d", n)
		if eventstore.LaneOf(correlationID, store.Lanes()) == lane {
			return NewSaga(store, correlationID)
		}
	}
}

// Continue is what to append to s after the expected version: n events, and a saga that still runs.
func (s Saga) Continue(expected uint64, n int) eventstore.SagaAppend {
	events := make([]eventstore.NewEvent, n)
	for i := range events {
		events[i] = s.event(expected + 1 + uint64(i))
	}
	return eventstore.SagaAppend{
		SagaID:          s.ID,
		CorrelationID:   s.CorrelationID,
		Definition:      definition,
		ExpectedVersion: expected,
		Events:          events,
		Status:          domain.Running,
		NextDue:         Epoch.Add(time.Hour),
	}
}

// End is Continue, and the saga is completed.
func (s Saga) End(expected uint64, n int) eventstore.SagaAppend {
	end := s.Continue(expected, n)
	end.Status, end.NextDue = domain.Completed, time.Time{}
	return end
}

// event is the event of a version; equal calls make equal events.
func (s Saga) event(version uint64) eventstore.NewEvent {
	return eventstore.NewEvent{
		Type:          fmt.Sprintf("Event%d", version),
		SchemaVersion: 1,
		Payload:       fmt.Appendf(nil, `{"saga":%q,"version":%d}`, s.ID, version),
		RecordedAt:    Epoch.Add(time.Duration(version) * time.Microsecond),
		CausationID:   fmt.Sprintf("cause-%d", version),
		Trace:         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}

// mustAppend appends to one lane and expects no conflict.
func mustAppend(t testing.TB, store eventstore.Store, sagas ...eventstore.SagaAppend) eventstore.LaneResult {
	t.Helper()
	result := appendTo(t, store, sagas...)
	if len(result.Conflicts) > 0 {
		t.Fatalf("Append: conflicts %v, want none", result.Conflicts)
	}
	return result
}

// appendTo appends to the lane of the first saga.
func appendTo(t testing.TB, store eventstore.Store, sagas ...eventstore.SagaAppend) eventstore.LaneResult {
	t.Helper()
	lane := eventstore.LaneOfSaga(sagas[0].SagaID, store.Lanes())
	return appendAll(t, store, eventstore.LaneAppend{Lane: lane, Sagas: sagas})[0]
}

func appendAll(t testing.TB, store eventstore.Store, batches ...eventstore.LaneAppend) []eventstore.LaneResult {
	t.Helper()
	results, err := store.Append(t.Context(), batches)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	if len(results) != len(batches) {
		t.Fatalf("Append: %d results for %d batches", len(results), len(batches))
	}
	return results
}

func readAll(t testing.TB, store eventstore.Store, lane eventstore.Lane) []eventstore.Record {
	t.Helper()
	records, err := store.ReadLane(t.Context(), lane, 0, 1_000_000)
	if err != nil {
		t.Fatalf("ReadLane: %v", err)
	}
	return records
}

func history(t testing.TB, store eventstore.Store, id domain.SagaID) []eventstore.Record {
	t.Helper()
	histories, err := store.ReadSagas(t.Context(), []domain.SagaID{id})
	if err != nil {
		t.Fatalf("ReadSagas: %v", err)
	}
	return histories[0]
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
