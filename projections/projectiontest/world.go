// Package projectiontest lets sagas live through things in an event store without an engine, for tests of what reads
// histories: projections, replay, checkers.
package projectiontest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// TB is what a World needs of a test; *testing.T and *rapid.T have it.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// World is a store, a definition and the sagas started under it. Time stands still until it is moved. A World is for one
// goroutine; several may write to one store.
type World struct {
	TB
	Store eventstore.Store
	Def   *domain.Definition
	Now   time.Time

	name   string
	sagas  []domain.SagaID
	states map[domain.SagaID]domain.State
}

// Epoch is the moment at which a World begins.
var Epoch = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// Trip is a definition with what histories can show: two steps side by side, one with nothing to undo, and a join.
func Trip() *domain.Definition {
	target := func(service, action string) *domain.Target {
		return &domain.Target{Stream: service + ":commands", EventType: service + ":" + action}
	}
	def := domain.Definition{Name: "trip", Version: 1, Steps: []domain.Step{
		{Name: "book_hotel", After: []string{}, Command: *target("hotel", "book"), Compensate: target("hotel", "cancel")},
		{Name: "book_flight", After: []string{}, Command: *target("flight", "book"), Compensate: target("flight", "cancel"), Retry: domain.RetryPolicy{Attempts: 2}},
		{Name: "send_mail", After: []string{"book_hotel", "book_flight"}, Command: *target("mail", "send"), Retry: domain.RetryPolicy{Attempts: 1}},
	}}
	ready := def.Prepared()
	return &ready
}

// New makes a world over a store and publishes Trip in it. name keeps the sagas of several worlds apart.
func New(tb TB, store eventstore.Store, name string) *World {
	tb.Helper()
	w := &World{TB: tb, Store: store, Def: Trip(), Now: Epoch, name: name, states: make(map[domain.SagaID]domain.State)}
	err := store.PutDefinition(context.Background(), eventstore.StoredDefinition{
		Ref: w.Def.Ref(), Document: w.Def.Canonical(), PublishedAt: Epoch,
	})
	if err != nil {
		tb.Fatalf("publish the definition: %v", err)
	}
	return w
}

// Sagas are the sagas started so far, in order.
func (w *World) Sagas() []domain.SagaID { return w.sagas }

// State is a saga's state as this world has left it.
func (w *World) State(id domain.SagaID) domain.State { return w.states[id] }

// Start starts a saga in a conversation.
func (w *World) Start(correlationID string) domain.SagaID {
	w.Helper()
	id := domain.SagaIDFromKey(w.Def.Name, fmt.Sprintf("%s-%d", w.name, len(w.sagas)), correlationID)
	w.sagas = append(w.sagas, id)
	w.states[id] = domain.NewState(id)
	w.Turn(id, domain.StartSaga{SagaID: id, CorrelationID: correlationID, Input: json.RawMessage(`{"guests": 2, "to": "Oslo"}`)})
	return id
}

// Turn lets something happen to a saga and appends what follows. What is refused has no effect.
func (w *World) Turn(id domain.SagaID, trigger domain.Trigger) {
	w.Helper()
	state := w.states[id]
	next, events, err := domain.Turn(w.Def, state, domain.Input{At: w.Now, Random: 0.5, Trigger: trigger})
	if refused := (*domain.RefusedError)(nil); errors.As(err, &refused) {
		return
	}
	if err != nil {
		w.Fatalf("turn %T: %v", trigger, err)
	}
	if len(events) == 0 {
		return
	}
	w.append(state.Version, next, events)
	w.states[id] = next
}

func (w *World) append(expected uint64, next domain.State, events []domain.Event) {
	w.Helper()
	saga := eventstore.SagaAppend{
		SagaID: next.SagaID, CorrelationID: next.CorrelationID, Definition: next.Definition, ExpectedVersion: expected,
		Status: next.Status, NextDue: next.NextDue(),
	}
	for i, e := range events {
		payload, err := domain.EncodeFact(e.Fact)
		if err != nil {
			w.Fatalf("encode: %v", err)
		}
		saga.Events = append(saga.Events, eventstore.NewEvent{
			Type: string(e.Fact.Type()), SchemaVersion: domain.SchemaVersion, Payload: payload, RecordedAt: e.At,
			CausationID: fmt.Sprintf("message-%d", expected+uint64(i)+1),
		})
	}
	w.Append(saga)
}

// Append appends what it is given, whether or not it makes sense as a history.
func (w *World) Append(saga eventstore.SagaAppend) {
	w.Helper()
	lane := eventstore.LaneOfSaga(saga.SagaID, w.Store.Lanes())
	results, err := w.Store.Append(context.Background(), []eventstore.LaneAppend{{Lane: lane, Sagas: []eventstore.SagaAppend{saga}}})
	if err != nil {
		w.Fatalf("append: %v", err)
	}
	if len(results[0].Conflicts) > 0 {
		w.Fatalf("append: conflict %v", results[0].Conflicts)
	}
}

// Foreign appends an event of a type that this build does not know to a saga of this world, as a newer process would.
func (w *World) Foreign(id domain.SagaID) {
	w.Helper()
	state := w.states[id]
	w.Append(eventstore.SagaAppend{
		SagaID: id, CorrelationID: state.CorrelationID, Definition: state.Definition, ExpectedVersion: state.Version,
		Status: state.Status, NextDue: state.NextDue(),
		Events: []eventstore.NewEvent{{Type: "SagaDreamt", SchemaVersion: 1, Payload: []byte(`{}`), RecordedAt: w.Now}},
	})
	state.Version++
	w.states[id] = state
}

// Reply answers the latest attempt of a step.
func (w *World) Reply(id domain.SagaID, step string, direction domain.Direction, status domain.ReplyStatus, payload string) {
	w.Helper()
	found, ok := w.states[id].Step(step)
	if !ok {
		w.Fatalf("step %s was not commanded", step)
	}
	attempt := found.Action.Count
	if direction == domain.Back {
		attempt = found.Undo.Count
	}
	w.Turn(id, domain.Reply{RequestID: domain.RequestID(id, step, direction, attempt), Status: status, Payload: json.RawMessage(payload)})
}

// Answer answers every open command of a saga with success, once.
func (w *World) Answer(id domain.SagaID) {
	w.Helper()
	for _, step := range w.states[id].Steps {
		switch {
		case step.Undo.Command != nil:
			w.Reply(id, step.Name, domain.Back, domain.ReplyCompleted, `{}`)
		case step.Action.Command != nil:
			w.Reply(id, step.Name, domain.Forward, domain.ReplyCompleted, `{"booking": "B-1"}`)
		}
	}
}

// Happen lets one thing happen, chosen by pick: pick(n) is a number from 0 to n-1.
func (w *World) Happen(pick func(n int) int) {
	w.Helper()
	if len(w.sagas) == 0 || pick(6) == 0 {
		w.Start(fmt.Sprintf("conversation-%d", pick(5)))
		return
	}
	id := w.sagas[pick(len(w.sagas))]
	switch pick(10) {
	case 0, 1:
		w.Now = w.Now.Add(time.Duration(pick(40_000)) * time.Millisecond)
		w.Turn(id, domain.Tick{})
	case 2:
		w.operate(id, pick)
	case 3, 4, 5:
		w.Answer(id)
	default:
		w.anyReply(id, pick)
	}
}

// operate lets an operator ask for anything, sensible or not.
func (w *World) operate(id domain.SagaID, pick func(n int) int) {
	w.Helper()
	verbs := domain.Verbs()
	op := domain.Operation{Verb: verbs[pick(len(verbs))], Actor: "anna", Reason: "changed her mind"}
	if op.Verb.ConcernsStep() {
		op.Step = w.Def.Steps[pick(len(w.Def.Steps))].Name
	}
	w.Turn(id, op)
}

// anyReply answers any attempt that was ever made, in any way.
func (w *World) anyReply(id domain.SagaID, pick func(n int) int) {
	w.Helper()
	steps := w.states[id].Steps
	step := steps[pick(len(steps))]
	if step.Action.Count == 0 && step.Undo.Count == 0 { // done by hand: nobody was asked
		return
	}
	direction := domain.Forward
	if step.Undo.Count > 0 && pick(2) == 0 {
		direction = domain.Back
	}
	replies := []struct {
		status  domain.ReplyStatus
		payload string
	}{
		{domain.ReplyStart, `{}`},
		{domain.ReplyProgress, `{"fraction": 0.5}`},
		{domain.ReplyCompleted, `{"booking": "B-2"}`},
		{domain.ReplyFailed, `{"error": "no \u0000 room", "code": "full"}`},
		{domain.ReplyFailed, `{"error": "never", "retryable": false}`},
	}
	reply := replies[pick(len(replies))]
	w.Reply(id, step.Name, direction, reply.status, reply.payload)
}
