package domain

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Decide says what follows from in, given all that the saga has lived through. It changes nothing; equal arguments give
// equal events. No events and no error means that nothing follows (a duplicate, a reply that comes too late to matter).
// A *RefusedError means that the input makes no sense for this saga; any other error, that state and definition do not
// fit each other.
//
// def must be the definition that the saga was started with, prepared (Definition.Prepared).
func Decide(def *Definition, s State, in Input) ([]Event, error) {
	_, events, err := Turn(def, s, in)
	return events, err
}

// Turn is Decide together with the state after the events it returns. s stays as it was.
func Turn(def *Definition, s State, in Input) (State, []Event, error) {
	t := turn{def: def, graph: def.plan(), in: in, state: s}
	t.state.Steps = slices.Clone(s.Steps)
	if err := t.take(in.Trigger); err != nil {
		return s, nil, err
	}
	if _, tick := in.Trigger.(Tick); tick || len(t.events) > 0 {
		t.advance()
	}
	if t.err != nil {
		return s, nil, t.err
	}
	if len(t.events) == 0 {
		return s, nil, nil
	}
	return t.state, t.events, nil
}

// turn is one decision under way: the events so far and the state after them.
type turn struct {
	def    *Definition
	graph  *graph
	in     Input
	state  State
	events []Event
	err    error // the first event that did not fit; it makes the turn void
}

func (t *turn) emit(f Fact) {
	if t.err != nil {
		return
	}
	e := Event{At: t.in.At, Fact: f}
	if err := t.state.apply(e); err != nil {
		t.err = fmt.Errorf("decide: %w", err)
		return
	}
	t.events = append(t.events, e)
}

func refuse(format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...)}
}

func (t *turn) take(trigger Trigger) error {
	if start, ok := trigger.(StartSaga); ok {
		return t.start(start)
	}
	if t.state.Version == 0 {
		return refuse("there is no saga %s", t.state.SagaID)
	}
	switch trigger := trigger.(type) {
	case Reply:
		return t.reply(trigger)
	case Tick:
		t.tick()
		return nil
	case Cancel:
		return t.operate(Operation{Verb: VerbCancel, Actor: trigger.Actor, Reason: trigger.Reason})
	case Operation:
		return t.operate(trigger)
	case Signal:
		return t.signal(trigger)
	default:
		return fmt.Errorf("decide: no rule for a trigger of type %T", trigger)
	}
}

// ResultsField is the field of a command's payload under which the outputs of earlier steps stand.
const ResultsField = "results"

// start begins the saga; on one that has begun it does nothing, so that a start delivered twice starts one saga.
func (t *turn) start(in StartSaga) error {
	if t.state.Version > 0 {
		return nil
	}
	if in.CorrelationID == "" {
		return refuse("correlation_id is missing: every start needs one")
	}
	input := in.Input
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(input, &fields); err != nil || fields == nil {
		return refuse("the input of a saga must be a JSON object")
	}
	if _, taken := fields[ResultsField]; taken {
		return refuse("the input has a field %q: that name is kept for the outputs of earlier steps, choose another", ResultsField)
	}
	started := SagaStarted{
		CorrelationID: in.CorrelationID,
		Definition:    t.def.Ref(),
		Input:         input,
		ReplyStream:   in.ReplyStream,
		RequestID:     in.RequestID,
		EventType:     in.EventType,
	}
	if t.def.Deadline != nil {
		started.Deadline = t.in.At.Add(time.Duration(t.def.Deadline.After))
	}
	t.emit(started)
	return nil
}

// tick does what is due: attempts past their deadline, retries and waits whose time is over. A signal kept for a step that
// awaits it, and the last two cases, are never left behind by an append, which holds a whole turn; they let a history
// that was cut elsewhere go on. A halted saga does nothing: what falls due is done when it is resumed.
func (t *turn) tick() {
	if t.state.Halted() {
		return
	}
	t.checkDeadline()
	due := func(a *Attempts) bool { return !a.Due.IsZero() && !t.in.At.Before(a.Due) }
	expired := func(a *Attempts) bool { return a.Command != nil && !t.in.At.Before(a.Command.Deadline) }
	for i := 0; i < len(t.state.Steps) && !t.state.Status.Terminal() && !t.state.Halted(); i++ {
		step := &t.state.Steps[i]
		name, action, undo := step.Name, step.Action, step.Undo
		switch {
		case step.Phase == StepOpen && expired(&action):
			t.emit(StepTimedOut{Step: name, Attempt: action.Count})
			t.afterFailure(name, true)
		case step.Phase == StepWaiting && due(&action):
			t.command(name)
		case step.Phase == StepAwaiting && t.kept(name) >= 0:
			t.takeSignal(name)
		case (step.Phase == StepSleeping || step.Phase == StepAwaiting) && due(&action):
			t.waited(name, step.Phase)
		case step.Phase == StepUndoing && expired(&undo):
			t.emit(CompensationFailed{Step: name, Attempt: undo.Count, Error: "no last reply in time", Code: "timeout", Retryable: true, TimedOut: true})
			t.afterUndoFailure(name, true)
		case step.Phase == StepUndoWaiting && due(&undo):
			t.undo(name)
		case step.Phase == StepGivenUp && t.state.Status == Running:
			t.afterFailure(name, true)
		case step.Phase == StepUndoStuck && t.state.Status == Compensating:
			t.afterUndoFailure(name, true)
		}
	}
}

// checkDeadline turns the saga round when it is not done in time, or makes it stand still where that is the rule or there
// is no way back. One that is stuck and stays so waits for a person as it is.
func (t *turn) checkDeadline() {
	if t.state.Deadline.IsZero() || t.in.At.Before(t.state.Deadline) {
		return
	}
	rule := t.def.Deadline
	if rule == nil {
		t.err = fmt.Errorf("decide: definition %s version %d has no deadline, but one is on record", t.def.Name, t.def.Version)
		return
	}
	t.emit(SagaDeadlinePassed{})
	reason := fmt.Sprintf("the saga was not done within %s, its deadline", rule.After)
	switch {
	case rule.Then == ThenCompensate && t.blockingPivot(false) == nil:
		t.emit(SagaCompensating{Reason: reason})
	case t.state.Status != Stuck:
		t.emit(SagaStuck{Direction: Forward, Error: reason})
	}
}

// afterFailure follows a failed or timed out attempt: another one later, or the step is given up.
func (t *turn) afterFailure(name string, retryable bool) {
	if t.state.Turned || t.err != nil {
		return // a saga that has turned round makes no new attempts
	}
	def := t.definition(name)
	if def == nil {
		return
	}
	attempt := t.state.step(name).Action.Count
	if wait, ok := def.Retry.Delay(attempt, t.random(name)); ok && retryable {
		t.emit(RetryScheduled{Step: name, Direction: Forward, Attempt: attempt + 1, Due: t.in.At.Add(wait)})
		return
	}
	t.giveUp(name, def.Kind)
}

// giveUp turns the saga round, or, where there is no way back, leaves it to a person.
func (t *turn) giveUp(name string, kind Kind) {
	step := t.state.step(name)
	reason := fmt.Sprintf("step %s: %s", name, step.Error)
	if kind == Retriable || kind == Pivot && step.InDoubt() || t.pastPivot() {
		t.emit(SagaStuck{Step: name, Direction: Forward, Error: reason})
		return
	}
	t.emit(SagaCompensating{Step: name, Reason: reason})
}

// afterUndoFailure follows a failed attempt to undo a step: another one later, or the saga is stuck.
func (t *turn) afterUndoFailure(name string, retryable bool) {
	if t.err != nil {
		return
	}
	def := t.definition(name)
	if def == nil {
		return
	}
	policy := def.Retry
	if def.CompensateRetry != nil {
		policy = *def.CompensateRetry
	}
	step := t.state.step(name)
	if wait, ok := policy.Delay(step.Undo.Count, t.random(name)); ok && retryable {
		t.emit(RetryScheduled{Step: name, Direction: Back, Attempt: step.Undo.Count + 1, Due: t.in.At.Add(wait)})
		return
	}
	t.emit(SagaStuck{Step: name, Direction: Back, Error: fmt.Sprintf("compensation of step %s: %s", name, step.Error)})
}

// random gives each step a share of the input's randomness of its own, so that steps that fail together are not
// retried together.
func (t *turn) random(name string) float64 {
	r := t.in.Random + float64(CorrelationHash(name))/(1<<16)
	return r - float64(int(r))
}

// definition finds a step's definition; a step on record without one makes the turn void.
func (t *turn) definition(name string) *Step {
	if i, ok := t.graph.index[name]; ok {
		return &t.def.Steps[i]
	}
	t.err = fmt.Errorf("decide: definition %s version %d has no step %q, which is on record", t.def.Name, t.def.Version, name)
	return nil
}

func (t *turn) kind(name string) Kind {
	if i, ok := t.graph.index[name]; ok {
		return t.def.Steps[i].Kind
	}
	return Compensatable
}

// pastPivot reports whether the point of no return is behind the saga.
func (t *turn) pastPivot() bool {
	for i := range t.state.Steps {
		if t.state.Steps[i].Output != nil && t.kind(t.state.Steps[i].Name) == Pivot {
			return true
		}
	}
	return false
}
