package replay

import (
	"time"

	"github.com/skald-go/skald/domain"
)

// StepTimes says how long a step took.
type StepTimes struct {
	Step         string           `json:"step"`
	Phase        domain.StepPhase `json:"phase"`
	Attempts     int              `json:"attempts"`
	Took         time.Duration    `json:"took_ns"` // first command of the action to its last answer, or so far; waits for retries included
	UndoAttempts int              `json:"undo_attempts,omitempty"`
	UndoTook     time.Duration    `json:"undo_took_ns,omitempty"` // the same for the way back
}

// stopwatch notes when the directions of steps began and were last answered.
type stopwatch struct{ spans map[spanKey]*span }

type spanKey struct {
	step      string
	direction domain.Direction
}

// span ends with the last answer; to is zero while there is none.
type span struct{ from, to time.Time }

func newStopwatch() *stopwatch { return &stopwatch{spans: make(map[spanKey]*span)} }

func (w *stopwatch) observe(at time.Time, fact domain.Fact) {
	switch f := fact.(type) {
	case domain.StepCommanded:
		w.begin(at, f.Step, domain.Forward)
	case domain.TimerSet:
		w.begin(at, f.Step, domain.Forward)
	case domain.SignalAwaited:
		w.begin(at, f.Step, domain.Forward)
	case domain.StepCompleted:
		w.answer(at, f.Step, domain.Forward)
	case domain.StepSkipped:
		w.answer(at, f.Step, domain.Forward)
	case domain.StepFailed:
		w.answer(at, f.Step, domain.Forward)
	case domain.StepTimedOut:
		w.answer(at, f.Step, domain.Forward)
	case domain.CompensationCommanded:
		w.begin(at, f.Step, domain.Back)
	case domain.CompensationCompleted:
		w.answer(at, f.Step, domain.Back)
	case domain.CompensationFailed:
		w.answer(at, f.Step, domain.Back)
	}
}

func (w *stopwatch) begin(at time.Time, step string, direction domain.Direction) {
	key := spanKey{step, direction}
	if w.spans[key] == nil {
		w.spans[key] = &span{from: at}
	}
	w.spans[key].to = time.Time{}
}

func (w *stopwatch) answer(at time.Time, step string, direction domain.Direction) {
	if s := w.spans[spanKey{step, direction}]; s != nil {
		s.to = at
	}
}

func (w *stopwatch) took(step string, direction domain.Direction, now time.Time) time.Duration {
	s := w.spans[spanKey{step, direction}]
	switch {
	case s == nil:
		return 0
	case s.to.IsZero():
		return now.Sub(s.from)
	default:
		return s.to.Sub(s.from)
	}
}

// read is the times of all steps, in the order of their first commands.
func (w *stopwatch) read(state domain.State) []StepTimes {
	times := make([]StepTimes, len(state.Steps))
	for i := range state.Steps {
		step := &state.Steps[i]
		times[i] = StepTimes{
			Step: step.Name, Phase: step.Phase,
			Attempts: step.Action.Count, Took: w.took(step.Name, domain.Forward, state.UpdatedAt),
			UndoAttempts: step.Undo.Count, UndoTook: w.took(step.Name, domain.Back, state.UpdatedAt),
		}
	}
	return times
}
