package domain

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Operation is what a person asks of a saga (docs/semantics.md, rows O). It is a trigger: Decide records it, with who
// asked and why, in front of what follows from it, or refuses it.
type Operation struct {
	Verb Verb
	// Step is what retry, skip, complete and resolve are about. "" means the one step that the saga is stuck on.
	Step   string
	Output json.RawMessage // of complete: a JSON object; nil means {}
	Actor  string          // who asks
	Reason string          // why
}

func (Operation) trigger() {}

// Verb names an operation.
type Verb string

// The operations.
const (
	VerbCancel     Verb = "cancel"     // turn round, and end as cancelled
	VerbCompensate Verb = "compensate" // turn round, and end as compensated
	VerbPause      Verb = "pause"      // command nothing until resumed
	VerbResume     Verb = "resume"     // go on after a pause, or although the deadline passed
	VerbRetry      Verb = "retry"      // make the next attempt of a step now
	VerbSkip       Verb = "skip"       // count a step as done that is not, and is never undone
	VerbComplete   Verb = "complete"   // count a step as done that was done by hand
	VerbResolve    Verb = "resolve"    // count a step as undone that was undone by hand
)

// Verbs are all operations.
func Verbs() []Verb {
	return []Verb{VerbCancel, VerbCompensate, VerbPause, VerbResume, VerbRetry, VerbSkip, VerbComplete, VerbResolve}
}

// ConcernsStep reports whether the operation is about one step; the others are about the whole saga.
func (v Verb) ConcernsStep() bool {
	return v == VerbRetry || v == VerbSkip || v == VerbComplete || v == VerbResolve
}

// MaxReason bounds the actor and the reason of an operation, in bytes.
const MaxReason = 2000

// check refuses an operation that makes no sense for any saga.
func (op *Operation) check() error {
	for _, text := range [2]struct{ name, value, ask string }{{"actor", op.Actor, "say who asks"}, {"reason", op.Reason, "say why"}} {
		switch {
		case text.value == "":
			return refuse("%s is missing: %s; it is kept in the saga's history", text.name, text.ask)
		case len(text.value) > MaxReason:
			return refuse("%s is %d bytes long: keep it to %d", text.name, len(text.value), MaxReason)
		case !utf8.ValidString(text.value) || strings.ContainsRune(text.value, 0):
			return refuse("%s is not plain text: write it as UTF-8 without NUL characters", text.name)
		}
	}
	if op.Step != "" && !op.Verb.ConcernsStep() {
		return refuse("%s is about the whole saga: leave the step out", op.Verb)
	}
	if op.Output == nil {
		return nil
	}
	if op.Verb != VerbComplete {
		return refuse("%s takes no output: only complete does", op.Verb)
	}
	if err := CheckPayload(op.Output); err != nil {
		return refuse("the output does not pass: %v", err)
	}
	return nil
}

// operate takes a person's word. Every operation begins by recording it.
func (t *turn) operate(op Operation) error {
	if err := op.check(); err != nil {
		return err
	}
	if t.state.Status.Terminal() {
		return refuse("the saga has ended (%s): there is nothing to %s", t.state.Status, op.Verb)
	}
	switch op.Verb {
	case VerbCancel:
		return t.turnRound(op, "cancelled")
	case VerbCompensate:
		return t.turnRound(op, "turned round")
	case VerbPause:
		return t.pause(op)
	case VerbResume:
		return t.resume(op)
	}
	if !op.Verb.ConcernsStep() {
		return refuse("%q is no operation: use one of %s", string(op.Verb), verbList())
	}
	name, err := t.operand(op)
	if err != nil {
		return err
	}
	op.Step = name
	step := t.state.step(name)
	switch op.Verb {
	case VerbRetry:
		return t.retryNow(op, step)
	case VerbSkip:
		return t.skip(op, step)
	case VerbComplete:
		return t.complete(op, step)
	default:
		return t.resolve(op, step)
	}
}

func verbList() string {
	names := make([]string, len(Verbs()))
	for i, verb := range Verbs() {
		names[i] = string(verb)
	}
	return strings.Join(names, ", ")
}

func (t *turn) acted(op Operation) {
	t.emit(OperatorActed{Action: string(op.Verb), Step: op.Step, Actor: op.Actor, Reason: op.Reason})
}

// turnRound sends the saga back, unless it has turned round before or may have passed its point of no return.
func (t *turn) turnRound(op Operation, how string) error {
	if t.state.Turned {
		return refuse("the saga is being compensated already")
	}
	if step := t.blockingPivot(op.Verb == VerbCompensate); step.countsAsDone() {
		return refuse("step %q is %s and is the point of no return: the saga can only go forward now", step.Name, step.Phase)
	} else if step != nil {
		return refuse("step %q, the point of no return, is under way: %s is possible again if it fails", step.Name, op.Verb)
	}
	t.acted(op)
	t.emit(SagaCompensating{Reason: fmt.Sprintf("%s by %s: %s", how, op.Actor, op.Reason), Cancel: op.Verb == VerbCancel})
	return nil
}

// blockingPivot is the point of no return that the saga has passed or may have passed; nil when it can turn round. One in
// doubt that the saga is stuck on does not count when a person has looked.
func (t *turn) blockingPivot(looked bool) *StepState {
	for i := range t.state.Steps {
		step := &t.state.Steps[i]
		switch {
		case t.kind(step.Name) != Pivot:
		case step.countsAsDone() || step.Phase == StepOpen:
			return step
		case looked && step.Phase == StepGivenUp && t.state.Status == Stuck:
		case step.InDoubt():
			return step
		}
	}
	return nil
}

func (t *turn) pause(op Operation) error {
	if t.state.Paused {
		return refuse("the saga is paused already")
	}
	t.acted(op)
	t.emit(SagaPaused{})
	return nil
}

// resume lets the saga go on. What fell due meanwhile is done at once.
func (t *turn) resume(op Operation) error {
	if !t.state.Halted() {
		return refuse("the saga is not paused, and does not stand still because its deadline passed")
	}
	t.acted(op)
	t.emit(SagaResumed{})
	t.tick()
	return nil
}

// operand is the name of the step that an operation is about.
func (t *turn) operand(op Operation) (string, error) {
	if op.Step != "" {
		if _, known := t.graph.index[op.Step]; !known {
			return "", refuse("no step is called %s%s", quoted(op.Step), t.def.stepHint(op.Step))
		}
		return op.Step, nil
	}
	var stuck []string
	for i := range t.state.Steps {
		if t.holds(&t.state.Steps[i]) {
			stuck = append(stuck, t.state.Steps[i].Name)
		}
	}
	switch len(stuck) {
	case 0:
		return "", refuse("the saga is stuck on no step: name the step to %s", op.Verb)
	case 1:
		return stuck[0], nil
	}
	return "", refuse("the saga is stuck on several steps (%s): name the one to %s", strings.Join(stuck, ", "), op.Verb)
}

// holds reports whether the saga is stuck on the step.
func (t *turn) holds(step *StepState) bool {
	switch {
	case step.Phase == StepUndoStuck:
		return true
	case t.state.Status != Stuck:
		return false
	case t.state.Turned:
		return t.passedTurned(step)
	}
	return step.Phase == StepGivenUp
}

// passedTurned reports whether the step is a pivot that completed after the saga had turned round: it has no way back.
func (t *turn) passedTurned(step *StepState) bool {
	return t.state.Turned && step.Phase == StepDone && t.kind(step.Name) == Pivot
}

// retryNow makes the next attempt at once, whatever the policy says about waits and numbers.
func (t *turn) retryNow(op Operation, step *StepState) error {
	switch {
	case t.state.Halted():
		return refuse("the saga is paused, or its deadline has passed, and it sends no commands: resume it first")
	case step == nil:
		return refuse("step %q has not been commanded: its turn comes when the steps it needs are done", op.Step)
	case step.Phase == StepSleeping || step.Phase == StepAwaiting:
		return refuse("step %q is %s: there is nothing to retry; skip or complete ends its wait", op.Step, step.Phase)
	case step.Phase == StepOpen || step.Phase == StepUndoing:
		return refuse("step %q has an attempt open: wait for its answer or its deadline", op.Step)
	case step.Phase == StepUndoWaiting || step.Phase == StepUndoStuck:
		t.acted(op)
		t.undo(op.Step)
		return nil
	case t.state.Turned:
		return refuse("step %q is %s and the saga is being compensated: there is nothing to retry", op.Step, step.Phase)
	case step.Phase == StepWaiting || step.Phase == StepGivenUp:
		t.acted(op)
		t.command(op.Step)
		return nil
	}
	return refuse("step %q is %s: there is nothing to retry", op.Step, step.Phase)
}

// notDone refuses to count a step as done that is, or whose saga is on its way back.
func (t *turn) notDone(op Operation, step *StepState) error {
	switch {
	case t.state.Turned:
		return refuse("the saga is being compensated: no step is to be done any more; resolve counts a stuck step as undone")
	case step != nil && (step.Phase == StepDone || step.Phase == StepPassedOver):
		return refuse("step %q is %s: there is nothing to %s", op.Step, step.Phase, op.Verb)
	}
	return nil
}

func (t *turn) skip(op Operation, step *StepState) error {
	if err := t.notDone(op, step); err != nil {
		return err
	}
	t.acted(op)
	t.emit(StepSkipped{Step: op.Step, Reason: op.Reason})
	return nil
}

func (t *turn) complete(op Operation, step *StepState) error {
	if err := t.notDone(op, step); err != nil {
		return err
	}
	fact := StepCompleted{Step: op.Step, Output: op.Output, ByOperator: true}
	if fact.Output == nil {
		fact.Output = json.RawMessage("{}")
	}
	if step != nil {
		fact.Attempt, fact.Late = step.Action.Count, step.Phase == StepGivenUp
	}
	t.acted(op)
	t.emit(fact)
	return nil
}

func (t *turn) resolve(op Operation, step *StepState) error {
	switch {
	case step == nil:
		return refuse("step %q has not been commanded: there is nothing to undo", op.Step)
	case step.Phase == StepUndoStuck || t.passedTurned(step):
		t.acted(op)
		t.emit(CompensationCompleted{Step: op.Step, Attempt: step.Undo.Count, Output: json.RawMessage("{}"), ByOperator: true})
		return nil
	case t.holds(step):
		return refuse("step %q is stuck on its way forward: retry it, skip it, complete it, or compensate the saga", op.Step)
	}
	return refuse("the compensation of step %q is not stuck (the step is %s): there is nothing to resolve", op.Step, step.Phase)
}
