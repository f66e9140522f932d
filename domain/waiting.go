package domain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Signal is something that the saga is told from outside, such as an approval: the output of the step that waits for it.
// One that comes early is kept.
type Signal struct {
	Name    string          `json:"name"`
	Payload json.RawMessage `json:"payload"` // a JSON object; nil means {}
	// Key is the sender's name for this signal: the same again changes nothing. "" takes every signal for another one.
	Key string `json:"key,omitempty"`
}

func (Signal) trigger() {}

// MaxKeptSignals bounds the signals that a saga keeps for later.
const MaxKeptSignals = 100

// signal records a signal, and gives it to the step that has waited for it longest. The saga keeps it when none waits yet,
// and refuses it when none will.
func (t *turn) signal(in Signal) error {
	if in.Key != "" && slices.Contains(t.state.SignalKeys, in.Key) {
		return nil
	}
	if t.state.Status.Terminal() {
		return refuse("the saga has ended (%s): nothing waits for a signal any more", t.state.Status)
	}
	if t.state.Turned {
		return refuse("the saga is being compensated: nothing waits for a signal any more")
	}
	if in.Payload == nil {
		in.Payload = json.RawMessage("{}")
	}
	if err := CheckPayload(in.Payload); err != nil {
		return refuse("the payload of the signal does not pass: %v", err)
	}
	if len(in.Key) > MaxTextLength {
		return refuse("the key of the signal is %d bytes long: keep it to %d", len(in.Key), MaxTextLength)
	}
	if err := t.expected(in.Name); err != nil {
		return err
	}
	t.emit(SignalReceived(in))
	for i := range t.state.Steps {
		step := &t.state.Steps[i]
		if step.Phase == StepAwaiting && t.awaits(step.Name) == in.Name {
			t.takeSignal(step.Name)
			break
		}
	}
	return nil
}

// awaits is the signal that a step waits for; "" when it waits for none.
func (t *turn) awaits(name string) string {
	if i, ok := t.graph.index[name]; ok && t.def.Steps[i].WaitFor != nil {
		return t.def.Steps[i].WaitFor.Signal
	}
	return ""
}

// expected refuses a signal that no step waits for, now or later.
func (t *turn) expected(name string) error {
	var known []string
	for i := range t.def.Steps {
		if t.def.Steps[i].WaitFor != nil {
			known = append(known, t.def.Steps[i].WaitFor.Signal)
		}
	}
	if !slices.Contains(known, name) {
		if hint := nearest(name, known); hint != "" {
			return refuse("no step waits for a signal %s; did you mean %q?", quoted(name), hint)
		}
		if len(known) == 0 {
			return refuse("no step waits for a signal %s: none of this saga's waits for any", quoted(name))
		}
		return refuse("no step waits for a signal %s; this saga's wait for %s", quoted(name), strings.Join(known, ", "))
	}
	waiting := 0
	for i := range t.def.Steps {
		if step := t.state.step(t.def.Steps[i].Name); t.awaits(t.def.Steps[i].Name) == name && !step.countsAsDone() {
			waiting++
		}
	}
	switch {
	case waiting == 0:
		return refuse("no step waits for the signal %s any more", quoted(name))
	case len(t.state.Signals) >= MaxKeptSignals:
		return refuse("the saga keeps %d signals that no step has taken: it takes no more until one has", len(t.state.Signals))
	}
	return nil
}

// takeSignal ends the wait of a step with the oldest signal kept for it, if there is one.
func (t *turn) takeSignal(name string) {
	if i := t.kept(name); i >= 0 {
		signal := t.state.Signals[i]
		t.emit(StepCompleted{Step: name, Attempt: t.state.step(name).Action.Count, Output: signal.Payload, Signal: signal.Name})
	}
}

// kept is the place of the oldest signal kept for a step, -1 when there is none.
func (t *turn) kept(name string) int {
	awaited := t.awaits(name)
	return slices.IndexFunc(t.state.Signals, func(s Signal) bool { return s.Name == awaited })
}

// wait begins a step that asks nothing of anybody. A signal that has come before ends it at once.
func (t *turn) wait(def *Step, attempt int) {
	if def.WaitFor == nil {
		t.emit(TimerSet{Step: def.Name, Attempt: attempt, Due: t.in.At.Add(time.Duration(def.Sleep))})
		return
	}
	awaited := SignalAwaited{Step: def.Name, Attempt: attempt, Signal: def.WaitFor.Signal}
	if def.WaitFor.Timeout > 0 {
		awaited.Deadline = t.in.At.Add(time.Duration(def.WaitFor.Timeout))
	}
	t.emit(awaited)
	if t.err == nil {
		t.takeSignal(def.Name)
	}
}

// waited ends a wait whose time is over: a sleep is done, a step whose signal has not come is given up.
func (t *turn) waited(name string, phase StepPhase) {
	attempt := t.state.step(name).Action.Count
	if phase == StepSleeping {
		t.emit(StepCompleted{Step: name, Attempt: attempt, Output: json.RawMessage("{}")})
		return
	}
	reason := fmt.Sprintf("the signal %q did not come in time", t.awaits(name))
	t.emit(StepFailed{Step: name, Attempt: attempt, Error: reason, Code: "timeout"})
	t.afterFailure(name, false)
}
