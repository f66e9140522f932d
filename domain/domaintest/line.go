package domaintest

import (
	"fmt"
	"strings"

	"github.com/skald-go/skald/domain"
)

// Lines writes events a line each.
func Lines(events []domain.Event) []string {
	lines := make([]string, len(events))
	for i, e := range events {
		lines[i] = Line(e.Fact)
	}
	return lines
}

// Line writes a fact as tests and traces read it: its name, the step and attempt it is about, and what else it says.
// Moments are written as the time since Epoch.
func Line(f domain.Fact) string {
	name := string(f.Type())
	switch f := f.(type) {
	case domain.SagaStarted:
		line := fmt.Sprintf("%s %s v%d %s", name, f.Definition.Name, f.Definition.Version, f.Input)
		if !f.Deadline.IsZero() {
			line += fmt.Sprintf(" by %s", f.Deadline.Sub(Epoch))
		}
		return line
	case domain.StepCommanded:
		return fmt.Sprintf("%s %s#%d -> %s %s %s by %s", name, f.Step, f.Attempt, f.Stream, f.EventType, f.Payload, f.Deadline.Sub(Epoch))
	case domain.StepStarted:
		return fmt.Sprintf("%s %s#%d", name, f.Step, f.Attempt)
	case domain.StepProgressed:
		return fmt.Sprintf("%s %s#%d %v", name, f.Step, f.Attempt, f.Fraction)
	case domain.StepCompleted:
		return fmt.Sprintf("%s %s#%d %s%s%s", name, f.Step, f.Attempt, f.Output, note(f.Late, "late"), note(f.ByOperator, "by hand"))
	case domain.TimerSet:
		return fmt.Sprintf("%s %s#%d until %s", name, f.Step, f.Attempt, f.Due.Sub(Epoch))
	case domain.SignalAwaited:
		line := fmt.Sprintf("%s %s#%d %s", name, f.Step, f.Attempt, f.Signal)
		if !f.Deadline.IsZero() {
			line += fmt.Sprintf(" until %s", f.Deadline.Sub(Epoch))
		}
		return line
	case domain.SignalReceived:
		return fmt.Sprintf("%s %s %s", name, f.Name, f.Payload)
	case domain.StepSkipped:
		return fmt.Sprintf("%s %s %s", name, f.Step, f.Reason)
	case domain.StepFailed:
		return fmt.Sprintf("%s %s#%d %s%s%s", name, f.Step, f.Attempt, f.Error, note(!f.Retryable, "final"), note(f.Late, "late"))
	case domain.StepTimedOut:
		return fmt.Sprintf("%s %s#%d", name, f.Step, f.Attempt)
	case domain.RetryScheduled:
		return fmt.Sprintf("%s %s#%d %s at %s", name, f.Step, f.Attempt, f.Direction, f.Due.Sub(Epoch))
	case domain.SagaCompensating:
		return fmt.Sprintf("%s %s", name, f.Reason)
	case domain.CompensationCommanded:
		return fmt.Sprintf("%s %s#%d -> %s %s %s by %s", name, f.Step, f.Attempt, f.Stream, f.EventType, f.Payload, f.Deadline.Sub(Epoch))
	case domain.CompensationStarted:
		return fmt.Sprintf("%s %s#%d", name, f.Step, f.Attempt)
	case domain.CompensationCompleted:
		return fmt.Sprintf("%s %s#%d%s", name, f.Step, f.Attempt, note(f.ByOperator, "by hand"))
	case domain.CompensationFailed:
		return fmt.Sprintf("%s %s#%d %s%s", name, f.Step, f.Attempt, f.Error, note(!f.Retryable, "final"))
	case domain.OperatorActed:
		return fmt.Sprintf("%s %s by %s: %s", name, strings.TrimSpace(f.Action+" "+f.Step), f.Actor, f.Reason)
	case domain.SagaStuck:
		return fmt.Sprintf("%s %s %s", name, f.Direction, f.Error)
	default:
		return name
	}
}

func note(set bool, word string) string {
	if set {
		return " (" + word + ")"
	}
	return ""
}

// Describe writes where a saga stands: its status and each step's phase.
func Describe(s domain.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s v%d", s.Status, note(s.Paused, "paused"), s.Version)
	for _, step := range s.Steps {
		fmt.Fprintf(&b, " | %s %s", step.Name, step.Phase)
		if step.InDoubt() {
			b.WriteString(" (in doubt)")
		}
	}
	return b.String()
}
