package domain

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// NewState is the state of the named saga before its first event: where every fold begins.
func NewState(id SagaID) State { return State{SagaID: id} }

// Evolve is the state after e. It judges no rule and leaves s as it was; an error means history that could not have
// happened, and names the event and what stands against it.
func Evolve(s State, e Event) (State, error) {
	next := s
	next.Steps = slices.Clone(s.Steps)
	if err := next.apply(e); err != nil {
		return s, err
	}
	return next, nil
}

// Fold is the state after a history, or after the part of it that could have happened and the error of the rest.
func Fold(id SagaID, history []Event) (State, error) {
	s := NewState(id)
	for _, e := range history {
		if err := s.apply(e); err != nil {
			return s, err
		}
	}
	return s, nil
}

// apply changes s in place. Slices inside the steps are never written, only replaced, since older states share them.
// After an error s must be thrown away.
func (s *State) apply(e Event) error {
	if e.Fact == nil {
		return fmt.Errorf("version %d: event without a fact", s.Version+1)
	}
	if err := s.applyFact(e); err != nil {
		return fmt.Errorf("version %d: %s: %w", s.Version+1, e.Fact.Type(), err)
	}
	s.Version++
	s.UpdatedAt = e.At
	return nil
}

func (s *State) applyFact(e Event) error {
	_, starts := e.Fact.(SagaStarted)
	if starts != (s.Version == 0) {
		if starts {
			return fmt.Errorf("the saga has started before")
		}
		return fmt.Errorf("the saga has not started")
	}
	if s.Status.Terminal() {
		return fmt.Errorf("the saga has ended (%s)", s.Status)
	}
	switch f := e.Fact.(type) {
	case SagaStarted:
		s.start(e, f)
	case StepCommanded:
		return s.commanded(e, f)
	case StepStarted:
		return s.started(f.Step, f.Attempt, Forward)
	case StepProgressed:
		if err := s.started(f.Step, f.Attempt, Forward); err != nil {
			return err
		}
		s.step(f.Step).Fraction = f.Fraction
	case StepCompleted:
		return s.completed(e, f)
	case TimerSet:
		return s.waits(e, f.Step, f.Attempt, StepSleeping, f.Due)
	case SignalAwaited:
		return s.waits(e, f.Step, f.Attempt, StepAwaiting, f.Deadline)
	case SignalReceived:
		s.Signals = append(slices.Clip(s.Signals), Signal(f))
		if f.Key != "" {
			s.SignalKeys = append(slices.Clip(s.SignalKeys), f.Key)
		}
	case StepSkipped:
		return s.skipped(e, f)
	case StepFailed:
		return s.failed(e, f)
	case StepTimedOut:
		return s.timedOut(e, f)
	case RetryScheduled:
		return s.retryScheduled(f)
	case SagaCompensating:
		return s.turn(f)
	case CompensationCommanded:
		return s.undoCommanded(f)
	case CompensationStarted:
		return s.started(f.Step, f.Attempt, Back)
	case CompensationCompleted:
		return s.undone(e, f)
	case CompensationFailed:
		return s.undoFailed(e, f)
	case OperatorActed:
	case SagaPaused:
		return s.pause()
	case SagaResumed:
		return s.resume()
	case SagaDeadlinePassed:
		if s.Deadline.IsZero() {
			return fmt.Errorf("the saga has no deadline before it")
		}
		s.Deadline = time.Time{}
	case SagaCompleted:
		return s.end(e, Completed, Running)
	case SagaCompensated:
		return s.end(e, Compensated, Compensating)
	case SagaCancelled:
		return s.end(e, Cancelled, Compensating)
	case SagaStuck:
		s.Status, s.StuckError, s.Held = Stuck, f.Error, s.Held || f.Step == ""
	default:
		return fmt.Errorf("no rule for this fact")
	}
	return nil
}

func (s *State) start(e Event, f SagaStarted) {
	s.CorrelationID = f.CorrelationID
	s.Definition = f.Definition
	s.Status = Running
	s.Input = f.Input
	s.ReplyStream, s.RequestID, s.EventType = f.ReplyStream, f.RequestID, f.EventType
	s.Deadline = f.Deadline
	s.StartedAt = e.At
}

func (s *State) end(e Event, as, from Status) error {
	if s.Status != from {
		return fmt.Errorf("the saga is %s, not %s", s.Status, from)
	}
	s.Status = as
	s.EndedAt, s.Deadline = e.At, time.Time{}
	return nil
}

// step finds a commanded step for writing; nil when there is none.
func (s *State) step(name string) *StepState {
	for i := range s.Steps {
		if s.Steps[i].Name == name {
			return &s.Steps[i]
		}
	}
	return nil
}

// add puts a step on record.
func (s *State) add(e Event, name string) *StepState {
	s.Steps = append(s.Steps, StepState{Name: name, CommandedAt: e.At})
	return &s.Steps[len(s.Steps)-1]
}

// inPhase finds a step that must stand in one of the given phases.
func (s *State) inPhase(name string, phases ...StepPhase) (*StepState, error) {
	step := s.step(name)
	if step == nil {
		return nil, fmt.Errorf("step %q was never commanded", name)
	}
	if !slices.Contains(phases, step.Phase) {
		return nil, fmt.Errorf("step %q is %s", name, step.Phase)
	}
	return step, nil
}

func (s *State) commanded(e Event, f StepCommanded) error {
	if s.Turned {
		return fmt.Errorf("step %q is commanded after the saga turned round", f.Step)
	}
	step := s.step(f.Step)
	switch {
	case step == nil:
		step = s.add(e, f.Step)
	case step.Phase != StepWaiting && step.Phase != StepGivenUp:
		return fmt.Errorf("step %q is %s", f.Step, step.Phase)
	}
	again := step.Phase == StepGivenUp
	step.Phase = StepOpen
	step.Fraction = 0
	if again {
		s.unstick()
	}
	return step.Action.command(f.Attempt, &Command{
		Stream: f.Stream, EventType: f.EventType, RequestID: f.RequestID, Payload: f.Payload, AckBy: f.AckBy, Deadline: f.Deadline,
	})
}

func (s *State) undoCommanded(f CompensationCommanded) error {
	if !s.Turned {
		return fmt.Errorf("step %q is compensated while the saga runs forward", f.Step)
	}
	step, err := s.inPhase(f.Step, StepDone, StepGivenUp, StepUndoWaiting, StepUndoStuck)
	if err != nil {
		return err
	}
	again := step.Phase == StepUndoStuck
	step.Phase = StepUndoing
	if again {
		s.unstick()
	}
	return step.Undo.command(f.Attempt, &Command{
		Stream: f.Stream, EventType: f.EventType, RequestID: f.RequestID, Payload: f.Payload, AckBy: f.AckBy, Deadline: f.Deadline,
	})
}

// command opens the next attempt.
func (a *Attempts) command(attempt int, c *Command) error {
	if attempt != a.Count+1 {
		return fmt.Errorf("attempt %d follows attempt %d", attempt, a.Count)
	}
	*a = Attempts{Count: attempt, Command: c}
	return nil
}

// settle closes the current attempt.
func (a *Attempts) settle() { *a = Attempts{Count: a.Count} }

func (s *State) started(name string, attempt int, direction Direction) error {
	phase := StepOpen
	if direction == Back {
		phase = StepUndoing
	}
	step, err := s.inPhase(name, phase)
	if err != nil {
		return err
	}
	attempts := step.attempts(direction)
	if attempt != attempts.Count {
		return fmt.Errorf("attempt %d of step %q is not the open one (%d)", attempt, name, attempts.Count)
	}
	attempts.Started = true
	return nil
}

func (step *StepState) attempts(direction Direction) *Attempts {
	if direction == Back {
		return &step.Undo
	}
	return &step.Action
}

func (s *State) completed(e Event, f StepCompleted) error {
	step := s.step(f.Step)
	if step == nil && f.ByOperator && !s.Turned {
		step = s.add(e, f.Step)
	}
	switch {
	case step == nil:
		return fmt.Errorf("step %q was never commanded", f.Step)
	case step.Output != nil && step.Phase != StepPassedOver:
		return fmt.Errorf("step %q completed before", f.Step)
	case f.Attempt < 1 && !f.ByOperator || f.Attempt > step.Action.Count:
		return fmt.Errorf("step %q has had no attempt %d", f.Step, f.Attempt)
	}
	if f.Signal != "" {
		i := slices.IndexFunc(s.Signals, func(kept Signal) bool { return kept.Name == f.Signal })
		if i < 0 {
			return fmt.Errorf("step %q takes a signal %q that has not come", f.Step, f.Signal)
		}
		s.Signals = slices.Delete(slices.Clone(s.Signals), i, i+1)
		if len(s.Signals) == 0 {
			s.Signals = nil
		}
	}
	step.Output = f.Output
	if step.Output == nil {
		step.Output = json.RawMessage("{}")
	}
	step.Unanswered = nil // the step's outcome is no longer in doubt, whatever became of its other attempts
	step.Action.settle()
	switch step.Phase {
	case StepUndoing:
		// A compensation that the participant has begun may have looked before the effect was there.
		step.UndoAgain = step.Undo.Started
	case StepUndoWaiting, StepUndoStuck: // an undo is still to come
	default:
		step.Phase, step.Fraction, step.Error, step.Code = StepDone, 1, "", ""
		step.EndedAt = e.At
	}
	s.unstick()
	return nil
}

// skipped takes somebody's word that the step need not be done. What is known of its attempts no longer matters, unless
// one of them completes after all.
func (s *State) skipped(e Event, f StepSkipped) error {
	step := s.step(f.Step)
	switch {
	case s.Turned:
		return fmt.Errorf("step %q is skipped after the saga turned round", f.Step)
	case step == nil:
		step = s.add(e, f.Step)
	case !slices.Contains([]StepPhase{StepOpen, StepWaiting, StepSleeping, StepAwaiting, StepGivenUp}, step.Phase):
		return fmt.Errorf("step %q is %s", f.Step, step.Phase)
	}
	step.Phase, step.Output, step.Fraction, step.Error, step.Code = StepPassedOver, json.RawMessage("{}"), 1, "", ""
	step.Unanswered = nil
	step.EndedAt = e.At
	step.Action.settle()
	s.unstick()
	return nil
}

func (s *State) pause() error {
	if s.Paused {
		return fmt.Errorf("the saga is paused already")
	}
	s.Paused = true
	return nil
}

func (s *State) resume() error {
	if !s.Halted() {
		return fmt.Errorf("the saga is not halted")
	}
	s.Paused, s.Held = false, false
	s.unstick()
	return nil
}

func (s *State) failed(e Event, f StepFailed) error {
	step := s.step(f.Step)
	if step == nil {
		return fmt.Errorf("step %q was never commanded", f.Step)
	}
	if i := slices.Index(step.Unanswered, f.Attempt); i >= 0 {
		step.Unanswered = slices.Delete(slices.Clone(step.Unanswered), i, i+1)
		return nil
	}
	if step.Phase != StepOpen && step.Phase != StepAwaiting || f.Attempt != step.Action.Count {
		return fmt.Errorf("attempt %d of step %q is not open", f.Attempt, f.Step)
	}
	step.Phase, step.Error, step.Code = StepGivenUp, f.Error, f.Code
	step.EndedAt = e.At
	step.Action.settle()
	return nil
}

func (s *State) timedOut(e Event, f StepTimedOut) error {
	step, err := s.inPhase(f.Step, StepOpen)
	if err != nil {
		return err
	}
	if f.Attempt != step.Action.Count {
		return fmt.Errorf("attempt %d of step %q is not open", f.Attempt, f.Step)
	}
	step.Phase, step.Error, step.Code = StepGivenUp, "no last reply in time", "timeout"
	step.EndedAt = e.At
	step.Unanswered = append(slices.Clip(step.Unanswered), f.Attempt)
	step.Action.settle()
	return nil
}

func (s *State) retryScheduled(f RetryScheduled) error {
	from, to := StepGivenUp, StepWaiting
	if f.Direction == Back {
		from, to = StepUndoStuck, StepUndoWaiting
	}
	step, err := s.inPhase(f.Step, from)
	if err != nil {
		return err
	}
	if f.Attempt != step.attempts(f.Direction).Count+1 {
		return fmt.Errorf("attempt %d of step %q is not the next one", f.Attempt, f.Step)
	}
	step.Phase = to
	step.attempts(f.Direction).Due = f.Due
	return nil
}

// waits begins a step that asks nothing of anybody, again if it was given up.
func (s *State) waits(e Event, name string, attempt int, phase StepPhase, due time.Time) error {
	if s.Turned {
		return fmt.Errorf("step %q begins after the saga turned round", name)
	}
	step := s.step(name)
	switch {
	case step == nil:
		step = s.add(e, name)
	case step.Phase != StepGivenUp:
		return fmt.Errorf("step %q is %s", name, step.Phase)
	}
	if attempt != step.Action.Count+1 {
		return fmt.Errorf("attempt %d follows attempt %d", attempt, step.Action.Count)
	}
	again := step.Phase == StepGivenUp
	step.Phase = phase
	step.Action = Attempts{Count: attempt, Due: due}
	if again {
		s.unstick()
	}
	return nil
}

// turn sends the saga back. A step that was waiting for its next attempt does not get it, and one that waits for
// something else waits no longer.
func (s *State) turn(f SagaCompensating) error {
	if s.Turned {
		return fmt.Errorf("the saga has turned round before")
	}
	s.Status, s.Turned, s.Cancelled, s.Error, s.StuckError = Compensating, true, f.Cancel, f.Reason, ""
	s.Deadline, s.Held = time.Time{}, false
	for i := range s.Steps {
		if step := &s.Steps[i]; slices.Contains([]StepPhase{StepWaiting, StepSleeping, StepAwaiting}, step.Phase) {
			step.Phase = StepGivenUp
			step.Action.settle()
		}
	}
	return nil
}

func (s *State) undone(e Event, f CompensationCompleted) error {
	phases := []StepPhase{StepUndoing, StepUndoWaiting, StepUndoStuck}
	if f.ByOperator {
		phases = []StepPhase{StepDone, StepUndoStuck}
	}
	step, err := s.inPhase(f.Step, phases...)
	if err != nil {
		return err
	}
	if f.Attempt < 1 && !f.ByOperator || f.Attempt > step.Undo.Count {
		return fmt.Errorf("step %q has had no attempt %d to undo it", f.Step, f.Attempt)
	}
	step.Undo.settle()
	step.Phase = StepUndone
	if step.UndoAgain && !f.ByOperator {
		step.Phase = StepDone
	}
	step.UndoAgain = false
	step.EndedAt = e.At
	s.unstick()
	return nil
}

func (s *State) undoFailed(e Event, f CompensationFailed) error {
	step, err := s.inPhase(f.Step, StepUndoing)
	if err != nil {
		return err
	}
	if f.Attempt != step.Undo.Count {
		return fmt.Errorf("attempt %d to undo step %q is not open", f.Attempt, f.Step)
	}
	step.Phase, step.Error, step.Code = StepUndoStuck, f.Error, f.Code
	step.EndedAt = e.At
	step.Undo.settle()
	return nil
}

// unstick lets a stuck saga go on when the step that held it has been answered after all.
func (s *State) unstick() {
	if s.Status != Stuck || s.Held {
		return
	}
	for i := range s.Steps {
		phase := s.Steps[i].Phase
		if phase == StepUndoStuck || phase == StepGivenUp && !s.Turned {
			return
		}
	}
	s.Status, s.StuckError = Running, ""
	if s.Turned {
		s.Status = Compensating
	}
}
