package domain

import (
	"encoding/json"
	"time"
)

// advance does what the saga can do next of itself: command what is ready, undo what may be undone, end.
func (t *turn) advance() {
	switch {
	case t.err != nil || t.state.Status.Terminal() || t.state.Halted():
	case t.state.Turned:
		t.goBack()
	default:
		t.goForward()
	}
}

// goForward begins every step whose needs are met, and ends the saga when all are done.
func (t *turn) goForward() {
	done, early := t.beginReady()
	for early && t.err == nil {
		done, early = t.beginReady()
	}
	if done == len(t.def.Steps) && t.state.Status == Running {
		t.emit(SagaCompleted{})
	}
}

// beginReady begins what is ready, and counts the steps that are done. early tells that one was done at once, because its
// signal had come before: what needs it may be ready now.
func (t *turn) beginReady() (done int, early bool) {
	for i := range t.def.Steps {
		name := t.def.Steps[i].Name
		step := t.state.step(name)
		if step == nil && t.ready(i) {
			t.command(name)
			step = t.state.step(name)
			early = early || step.countsAsDone()
		}
		if step.countsAsDone() {
			done++
		}
	}
	return done, early
}

// ready reports whether everything that step i needs is done. Whoever counts a step as done by hand may be ahead of the
// steps before it, so those are looked at too.
func (t *turn) ready(i int) bool {
	for _, j := range t.graph.needs[i] {
		step := t.state.step(t.def.Steps[j].Name)
		if !step.countsAsDone() {
			return false
		}
	}
	for j, needed := range t.graph.ancestors[i] {
		if needed && !t.state.step(t.def.Steps[j].Name).countsAsDone() {
			return false
		}
	}
	return true
}

// countsAsDone reports whether what needs the step may go on. A step that is not on record does not count.
func (step *StepState) countsAsDone() bool {
	return step != nil && (step.Phase == StepDone || step.Phase == StepPassedOver)
}

// goBack undoes, in reverse dependency order, the steps that are done and those in doubt: a step's turn comes when
// nothing that depended on it is still open or still to be undone. When nothing is left the saga ends.
func (t *turn) goBack() {
	restless := false
	for i := len(t.def.Steps) - 1; i >= 0; i-- {
		name := t.def.Steps[i].Name
		step := t.state.step(name)
		if step == nil || !t.unsettled(i, step) {
			continue
		}
		restless = true
		if t.def.Steps[i].Kind == Pivot && step.Phase == StepDone {
			t.stuckBehindPivot(name)
			continue
		}
		if t.needsUndo(i, step) && t.dependentsSettled(i) {
			t.undo(name)
		}
	}
	if restless || t.state.Status == Stuck {
		return
	}
	if t.state.Cancelled {
		t.emit(SagaCancelled{})
		return
	}
	t.emit(SagaCompensated{})
}

// stuckBehindPivot is for a saga that turned round while its point of no return was under way, and passed it.
func (t *turn) stuckBehindPivot(name string) {
	if t.state.Status != Stuck {
		t.emit(SagaStuck{Step: name, Direction: Forward, Error: "step " + name + ", the point of no return, completed after the saga had turned round"})
	}
}

// needsUndo reports whether the step's compensation is still to be commanded.
func (t *turn) needsUndo(i int, step *StepState) bool {
	if t.def.Steps[i].Compensate == nil {
		return false
	}
	return step.Phase == StepDone || step.Phase == StepGivenUp && step.InDoubt()
}

// unsettled reports whether the step keeps the saga, and the steps it needed, from coming to rest.
func (t *turn) unsettled(i int, step *StepState) bool {
	switch step.Phase {
	case StepOpen, StepWaiting, StepUndoing, StepUndoWaiting, StepUndoStuck:
		return true
	case StepDone:
		return t.def.Steps[i].Compensate != nil || t.def.Steps[i].Kind == Pivot
	default:
		return t.needsUndo(i, step)
	}
}

func (t *turn) dependentsSettled(i int) bool {
	for j := range t.def.Steps {
		if !t.graph.ancestors[j][i] {
			continue
		}
		if step := t.state.step(t.def.Steps[j].Name); step != nil && t.unsettled(j, step) {
			return false
		}
	}
	return true
}

// command sends the next attempt of a step, or begins its wait.
func (t *turn) command(name string) {
	def := t.definition(name)
	if def == nil {
		return
	}
	number := 1
	if step := t.state.step(name); step != nil {
		number = step.Action.Count + 1
	}
	if def.Waits() {
		t.wait(def, number)
		return
	}
	t.emit(StepCommanded{
		Step:      name,
		Attempt:   number,
		Stream:    def.Command.Stream,
		EventType: def.Command.EventType,
		RequestID: RequestID(t.state.SagaID, name, Forward, number),
		Payload:   t.payload(name, false),
		AckBy:     t.in.At.Add(time.Duration(def.AckTimeout)),
		Deadline:  t.in.At.Add(time.Duration(def.Timeout)),
	})
}

// undo sends the next attempt to undo a step.
func (t *turn) undo(name string) {
	def := t.definition(name)
	if def == nil {
		return
	}
	number := t.state.step(name).Undo.Count + 1
	t.emit(CompensationCommanded{
		Step:      name,
		Attempt:   number,
		Stream:    def.Compensate.Stream,
		EventType: def.Compensate.EventType,
		RequestID: RequestID(t.state.SagaID, name, Back, number),
		Payload:   t.payload(name, true),
		AckBy:     t.in.At.Add(time.Duration(def.AckTimeout)),
		Deadline:  t.in.At.Add(time.Duration(def.Timeout)),
	})
}

// payload is the saga's input with one field more: the outputs of the steps that the given one depends on, by name; for
// a compensation its own output too.
func (t *turn) payload(name string, own bool) json.RawMessage {
	i := t.graph.index[name]
	var results []byte
	for j := range t.def.Steps {
		if !t.graph.ancestors[i][j] && (!own || j != i) {
			continue
		}
		step := t.state.step(t.def.Steps[j].Name)
		if step == nil || step.Output == nil {
			continue
		}
		results = appendMember(results, step.Name, step.Output)
	}
	if results == nil {
		return t.state.Input
	}
	return withResults(t.state.Input, results)
}

// appendMember appends "name":value to the members of an object. Step names need no escaping.
func appendMember(members []byte, name string, value json.RawMessage) []byte {
	if len(members) > 0 {
		members = append(members, ',')
	}
	members = append(members, '"')
	members = append(members, name...)
	members = append(members, '"', ':')
	return append(members, value...)
}

// withResults adds the results to an object that has been checked on the way in.
func withResults(object json.RawMessage, results []byte) json.RawMessage {
	end := len(object) - 1
	for object[end] != '}' {
		end--
	}
	empty := true
	for i := 0; i < end && empty; i++ {
		empty = object[i] != '"'
	}
	payload := make([]byte, 0, end+len(results)+len(ResultsField)+8)
	payload = append(payload, object[:end]...)
	if !empty {
		payload = append(payload, ',')
	}
	payload = append(payload, '"')
	payload = append(payload, ResultsField...)
	payload = append(payload, '"', ':', '{')
	payload = append(payload, results...)
	return append(payload, '}', '}')
}
