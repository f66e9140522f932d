package domain

import (
	"encoding/json"
	"slices"
)

// reply takes a participant's answer. Whatever has been counted before is ignored; what cannot be an answer to this
// saga is refused, so that a person sees it.
func (t *turn) reply(in Reply) error {
	at, err := t.addressee(in)
	if err != nil {
		return err
	}
	if at.direction == Back {
		return t.replyBack(at, in)
	}
	return t.replyForward(at, in)
}

// attempt names one attempt of one step in one direction.
type attempt struct {
	step      string
	direction Direction
	number    int
}

// addressee finds the attempt that a reply answers: by its request id, or, for a participant that does not echo it, by
// the event type of the one command that is open.
func (t *turn) addressee(in Reply) (attempt, error) {
	if in.RequestID != "" {
		return t.byRequestID(in)
	}
	var open, past []attempt
	for i := range t.state.Steps {
		step := &t.state.Steps[i]
		for _, direction := range [2]Direction{Forward, Back} {
			attempts := step.attempts(direction)
			if attempts.Count == 0 || in.EventType == "" || t.eventType(step.Name, direction) != in.EventType {
				continue
			}
			found := attempt{step.Name, direction, attempts.Count}
			if attempts.Command != nil {
				open = append(open, found)
			} else {
				past = append(past, found)
			}
		}
	}
	switch {
	case len(open) == 1:
		return open[0], nil
	case len(open) > 1:
		return attempt{}, refuse("%d commands of event type %q are open: such a reply must echo request_id", len(open), in.EventType)
	case len(past) > 0:
		return past[len(past)-1], nil
	}
	return attempt{}, refuse("the saga has sent no command of event type %q", in.EventType)
}

func (t *turn) byRequestID(in Reply) (attempt, error) {
	found, ok := t.openRequest(in.RequestID)
	if !ok {
		found, ok = t.pastRequest(in.RequestID)
	}
	if !ok {
		return attempt{}, refuse("request_id %s is none of this saga's", in.RequestID)
	}
	if want := t.eventType(found.step, found.direction); in.EventType != "" && in.EventType != want {
		return attempt{}, refuse("request_id %s is of a command %q, not %q", in.RequestID, want, in.EventType)
	}
	return found, nil
}

// openRequest looks among the open commands, which nearly every reply answers.
func (t *turn) openRequest(id string) (attempt, bool) {
	for i := range t.state.Steps {
		step := &t.state.Steps[i]
		if c := step.Action.Command; c != nil && c.RequestID == id {
			return attempt{step.Name, Forward, step.Action.Count}, true
		}
		if c := step.Undo.Command; c != nil && c.RequestID == id {
			return attempt{step.Name, Back, step.Undo.Count}, true
		}
	}
	return attempt{}, false
}

// pastRequest computes the ids of all attempts made; ids are not kept once an attempt is settled. A step that waits has
// asked nobody.
func (t *turn) pastRequest(id string) (attempt, bool) {
	for i := range t.state.Steps {
		step := &t.state.Steps[i]
		for _, direction := range [2]Direction{Forward, Back} {
			if t.eventType(step.Name, direction) == "" {
				continue
			}
			for n := step.attempts(direction).Count; n > 0; n-- {
				if RequestID(t.state.SagaID, step.Name, direction, n) == id {
					return attempt{step.Name, direction, n}, true
				}
			}
		}
	}
	return attempt{}, false
}

// eventType is the event type of a step's command in one direction; "" when it has none.
func (t *turn) eventType(name string, direction Direction) string {
	i, ok := t.graph.index[name]
	switch {
	case !ok:
		return ""
	case direction == Forward:
		return t.def.Steps[i].Command.EventType
	case t.def.Steps[i].Compensate != nil:
		return t.def.Steps[i].Compensate.EventType
	}
	return ""
}

func (t *turn) replyForward(at attempt, in Reply) error {
	step := t.state.step(at.step)
	current := step.Phase == StepOpen && at.number == step.Action.Count
	switch in.Status {
	case ReplyStart:
		if current && !step.Action.Started {
			t.emit(StepStarted{Step: at.step, Attempt: at.number})
		}
	case ReplyProgress:
		fraction, err := fractionOf(in.Payload)
		if err != nil {
			return err
		}
		if current && worthRecording(step.Fraction, fraction) {
			t.emit(StepProgressed{Step: at.step, Attempt: at.number, Fraction: fraction, Detail: in.Payload})
		}
	case ReplyCompleted:
		return t.succeeded(at, in, step)
	case ReplyFailed:
		t.failed(at, in, step, current)
	default:
		return refuse("status %q is none of start, progress, completed, failed", in.Status)
	}
	return nil
}

// succeeded records an action's success, whenever it comes: it is the truth about the step. Only after the end of the
// saga it cannot be recorded any more; a person must look at it then.
func (t *turn) succeeded(at attempt, in Reply, step *StepState) error {
	if step.Output != nil && step.Phase != StepPassedOver {
		return nil
	}
	if t.state.Status.Terminal() {
		return refuse("step %q completed after the saga had ended (%s): check whether its effect is still there and undo it by hand", at.step, t.state.Status)
	}
	output, err := resultOf(in.Payload)
	if err != nil {
		return err
	}
	late := step.Phase != StepOpen && step.Phase != StepWaiting
	t.emit(StepCompleted{Step: at.step, Attempt: at.number, Output: output, Late: late})
	return nil
}

func (t *turn) failed(at attempt, in Reply, step *StepState, current bool) {
	if step.Output != nil || t.state.Status.Terminal() {
		return // a success stands, whatever comes after it
	}
	doubt := slices.Contains(step.Unanswered, at.number)
	if !current && !doubt {
		return
	}
	failure := failureOf(in.Payload)
	t.emit(StepFailed{
		Step: at.step, Attempt: at.number,
		Error: failure.Error, Code: failure.Code, Retryable: failure.retryable(), Late: doubt,
	})
	switch {
	case current:
		t.afterFailure(at.step, failure.retryable())
	case t.state.Status == Stuck && !t.state.Turned && t.kind(at.step) == Pivot && t.err == nil:
		// The saga stood still because the pivot's outcome was in doubt. It no longer is: nothing was done.
		if step := t.state.step(at.step); step.Phase == StepGivenUp && !step.InDoubt() {
			t.giveUp(at.step, Pivot)
		}
	}
}

func (t *turn) replyBack(at attempt, in Reply) error {
	step := t.state.step(at.step)
	current := step.Phase == StepUndoing && at.number == step.Undo.Count
	switch in.Status {
	case ReplyStart, ReplyProgress:
		if current && !step.Undo.Started {
			t.emit(CompensationStarted{Step: at.step, Attempt: at.number})
		}
	case ReplyCompleted:
		if t.state.Status.Terminal() || !slices.Contains([]StepPhase{StepUndoing, StepUndoWaiting, StepUndoStuck}, step.Phase) {
			return nil
		}
		output, err := resultOf(in.Payload)
		if err != nil {
			return err
		}
		t.emit(CompensationCompleted{Step: at.step, Attempt: at.number, Output: output})
	case ReplyFailed:
		if !current {
			return nil
		}
		failure := failureOf(in.Payload)
		t.emit(CompensationFailed{
			Step: at.step, Attempt: at.number,
			Error: failure.Error, Code: failure.Code, Retryable: failure.retryable(),
		})
		t.afterUndoFailure(at.step, failure.retryable())
	default:
		return refuse("status %q is none of start, progress, completed, failed", in.Status)
	}
	return nil
}

// progressStep is the least rise of the fraction that is recorded. It bounds a step's progress events to a hundred an
// attempt, however many a participant sends.
const progressStep = 0.01

func worthRecording(last, fraction float64) bool {
	return fraction-last >= progressStep || fraction == 1 && last < 1
}

func fractionOf(payload json.RawMessage) (float64, error) {
	var progress struct {
		Fraction *float64 `json:"fraction"`
	}
	if err := json.Unmarshal(payload, &progress); err != nil || progress.Fraction == nil {
		return 0, refuse("a progress reply needs payload.fraction, a number in (0,1]")
	}
	if f := *progress.Fraction; !(f > 0 && f <= 1) {
		return 0, refuse("payload.fraction is %v: it must be in (0,1]", f)
	}
	return *progress.Fraction, nil
}

func resultOf(payload json.RawMessage) (json.RawMessage, error) {
	if len(payload) == 0 {
		return json.RawMessage("{}"), nil
	}
	if !json.Valid(payload) {
		return nil, refuse("the payload of a completed reply is not valid JSON")
	}
	return payload, nil
}

// failure is the payload of a failed reply.
type failure struct {
	Error     string `json:"error"`
	Code      string `json:"code"`
	Retryable *bool  `json:"retryable"`
}

func (f failure) retryable() bool { return f.Retryable == nil || *f.Retryable }

// failureOf reads what it can: a failed reply is taken as a failure whatever its payload says.
func failureOf(payload json.RawMessage) failure {
	var f failure
	if err := json.Unmarshal(payload, &f); err != nil || f.Error == "" {
		f.Error = "failed without a reason"
	}
	return f
}
