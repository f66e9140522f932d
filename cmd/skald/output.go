package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/skald-go/skald/web/api"
)

// printJSON writes v for a program.
func (m *Main) printJSON(v any) error {
	encoder := json.NewEncoder(m.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

func (m *Main) printf(format string, args ...any) { _, _ = fmt.Fprintf(m.Stdout, format, args...) }

// table writes rows in columns; the first row is the heading.
func (m *Main) table(rows [][]string) error {
	w := tabwriter.NewWriter(m.Stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i := range row {
			cells[i] = printable(row[i])
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// printable is text that a terminal takes for text. Ids, errors and reasons come from whoever may write to a stream, and
// are not to move the cursor or set colours.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// when is a moment for a table: UTC, to the second.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// writeSaga writes a saga with its steps for a person.
func (m *Main) writeSaga(s api.Saga) error {
	m.printf("saga         %s\n", s.SagaID)
	m.printf("conversation %s\n", printable(s.CorrelationID))
	m.printf("definition   %s version %d\n", s.Definition.Name, s.Definition.Version)
	if s.Paused {
		m.printf("status       %s, paused until `skald resume %s`\n", s.Status, s.SagaID)
	} else {
		m.printf("status       %s\n", s.Status)
	}
	if s.Error != "" {
		m.printf("because      %s\n", printable(s.Error))
	}
	m.printf("started      %s\n", when(s.StartedAt))
	if !s.Deadline.IsZero() {
		m.printf("deadline     %s\n", when(s.Deadline))
	}
	if !s.EndedAt.IsZero() {
		m.printf("ended        %s, after %s\n", when(s.EndedAt), s.EndedAt.Sub(s.StartedAt).Round(time.Millisecond))
	}
	if len(s.Steps) == 0 {
		return nil
	}
	m.printf("\n")
	rows := [][]string{{"STEP", "PHASE", "ATTEMPTS", "ERROR"}}
	for _, step := range s.Steps {
		rows = append(rows, []string{step.Name, phase(step), attempts(step), step.Error})
	}
	return m.table(rows)
}

func phase(step api.Step) string {
	text := strings.ReplaceAll(string(step.Phase), "_", " ")
	if step.InDoubt {
		text += " (in doubt)"
	}
	if step.Fraction > 0 && step.EndedAt.IsZero() {
		text += fmt.Sprintf(" %.0f%%", 100*step.Fraction)
	}
	return text
}

func attempts(step api.Step) string {
	if step.UndoAttempts == 0 {
		return fmt.Sprint(step.Attempts)
	}
	return fmt.Sprintf("%d, back %d", step.Attempts, step.UndoAttempts)
}
