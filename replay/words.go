package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/skald-go/skald/domain"
)

// InWords says what happened, in one line. Payloads are shortened.
func InWords(fact domain.Fact) string {
	switch f := fact.(type) {
	case domain.SagaStarted:
		text := fmt.Sprintf("saga started: %s version %d with %s", f.Definition.Name, f.Definition.Version, short(f.Input))
		if !f.Deadline.IsZero() {
			text += ", to be done by " + clock(f.Deadline)
		}
		return text
	case domain.StepCommanded:
		return fmt.Sprintf("%s: command %s%s to %s", f.Step, f.EventType, attempt(f.Attempt), f.Stream)
	case domain.StepStarted:
		return fmt.Sprintf("%s: participant began%s", f.Step, attempt(f.Attempt))
	case domain.StepProgressed:
		return fmt.Sprintf("%s: %.0f %% done%s", f.Step, f.Fraction*100, attempt(f.Attempt))
	case domain.StepCompleted:
		if f.ByOperator {
			return fmt.Sprintf("%s: counts as completed%s with %s, no participant said so", f.Step, late(f.Late), short(f.Output))
		}
		if f.Signal != "" {
			return fmt.Sprintf("%s: completed by the signal %s with %s", f.Step, f.Signal, short(f.Output))
		}
		return fmt.Sprintf("%s: completed%s%s with %s", f.Step, attempt(f.Attempt), late(f.Late), short(f.Output))
	case domain.TimerSet:
		return fmt.Sprintf("%s: sleeps until %s", f.Step, clock(f.Due))
	case domain.SignalAwaited:
		text := fmt.Sprintf("%s: waits for the signal %s", f.Step, f.Signal)
		if !f.Deadline.IsZero() {
			text += " until " + clock(f.Deadline)
		}
		return text
	case domain.SignalReceived:
		return fmt.Sprintf("signal %s came with %s", oneLine(f.Name), short(f.Payload))
	case domain.StepSkipped:
		return fmt.Sprintf("%s: skipped, counts as done: %s", f.Step, oneLine(f.Reason))
	case domain.StepFailed:
		return fmt.Sprintf("%s: failed%s%s: %s", f.Step, attempt(f.Attempt), late(f.Late), failure(f.Error, f.Code, f.Retryable))
	case domain.StepTimedOut:
		return fmt.Sprintf("%s: no answer in time%s; its outcome is in doubt", f.Step, attempt(f.Attempt))
	case domain.RetryScheduled:
		return fmt.Sprintf("%s: attempt %d%s is due at %s", f.Step, f.Attempt, wayBack(f.Direction), clock(f.Due))
	case domain.SagaCompensating:
		return turned(f)
	case domain.CompensationCommanded:
		return fmt.Sprintf("%s: command %s%s to %s, to undo it", f.Step, f.EventType, attempt(f.Attempt), f.Stream)
	case domain.CompensationStarted:
		return fmt.Sprintf("%s: participant began to undo it%s", f.Step, attempt(f.Attempt))
	case domain.CompensationCompleted:
		if f.ByOperator {
			return fmt.Sprintf("%s: counts as undone, no participant said so", f.Step)
		}
		return fmt.Sprintf("%s: undone%s", f.Step, attempt(f.Attempt))
	case domain.CompensationFailed:
		if f.TimedOut {
			return fmt.Sprintf("%s: no answer in time to undo it%s", f.Step, attempt(f.Attempt))
		}
		return fmt.Sprintf("%s: could not be undone%s: %s", f.Step, attempt(f.Attempt), failure(f.Error, f.Code, f.Retryable))
	case domain.OperatorActed:
		return fmt.Sprintf("%s asked to %s: %s", oneLine(f.Actor), strings.TrimSpace(f.Action+" "+f.Step), oneLine(f.Reason))
	case domain.SagaDeadlinePassed:
		return "the saga's deadline passed"
	case domain.SagaPaused:
		return "saga paused: it sends nothing until it is resumed"
	case domain.SagaResumed:
		return "saga resumed"
	case domain.SagaCompleted:
		return "saga completed: every step is done"
	case domain.SagaCompensated:
		return "saga compensated: whatever was done is undone"
	case domain.SagaCancelled:
		return "saga cancelled: whatever was done is undone"
	case domain.SagaStuck:
		if f.Step == "" {
			return "saga stands still, waits for a person: " + oneLine(f.Error)
		}
		return fmt.Sprintf("saga stuck at %s%s, waits for a person: %s", f.Step, wayBack(f.Direction), oneLine(f.Error))
	default:
		return string(fact.Type())
	}
}

func turned(f domain.SagaCompensating) string {
	if f.Cancel {
		return "saga turns round, to be cancelled: " + oneLine(f.Reason)
	}
	if f.Step == "" {
		return "saga turns round: " + oneLine(f.Reason)
	}
	return fmt.Sprintf("saga turns round, %s is given up: %s", f.Step, oneLine(f.Reason))
}

// attempt is said only when it is not the first.
func attempt(n int) string {
	if n <= 1 {
		return ""
	}
	return fmt.Sprintf(" (attempt %d)", n)
}

func late(late bool) string {
	if late {
		return " after it had been given up"
	}
	return ""
}

func wayBack(direction domain.Direction) string {
	if direction == domain.Back {
		return " to undo it"
	}
	return ""
}

func failure(message, code string, retryable bool) string {
	text := oneLine(message)
	if code != "" {
		text += " [" + oneLine(code) + "]"
	}
	if !retryable {
		text += ", not to be tried again"
	}
	return text
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000000") }
