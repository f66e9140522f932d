package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/skald-go/skald/domain"
)

// shortLength is the number of characters after which a payload is cut in text. JSON output has it whole.
const shortLength = 100

// short is JSON on one line, cut when it is long.
func short(document json.RawMessage) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, document); err != nil {
		return cut(oneLine(string(document)))
	}
	return cut(oneLine(compact.String()))
}

func cut(text string) string {
	runes := []rune(text)
	if len(runes) <= shortLength {
		return text
	}
	return string(runes[:shortLength]) + "…"
}

// oneLine keeps text that comes from outside on its line and off the terminal's controls, and cuts it when it is long.
func oneLine(text string) string { return cut(printable(text)) }

// printable is oneLine without the cut.
func printable(text string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case !unicode.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, text)
	return strings.TrimSpace(clean)
}

// lasted is a duration for people: to the millisecond from a second on, to the microsecond below.
func lasted(d time.Duration) string {
	if d >= time.Second || d <= -time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Microsecond).String()
}

// describe is a state in one line: the status, and each step with its phase.
func describe(s domain.State) string {
	parts := make([]string, len(s.Steps))
	for i := range s.Steps {
		step := &s.Steps[i]
		parts[i] = step.Name + " " + strings.ReplaceAll(string(step.Phase), "_", " ")
		if step.Phase == domain.StepOpen && step.Fraction > 0 {
			parts[i] += fmt.Sprintf(" %.0f %%", step.Fraction*100)
		}
		if len(step.Unanswered) > 0 && step.Phase != domain.StepUndone {
			parts[i] += " (in doubt)"
		}
	}
	status := string(s.Status)
	if s.Paused {
		status += " (paused)"
	}
	if len(parts) == 0 {
		return status
	}
	return status + ": " + strings.Join(parts, ", ")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
