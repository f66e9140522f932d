package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/skald-go/skald/domain"
)

// WriteJSON writes the recital as one JSON document.
func (r Recital) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

// WriteText writes the recital for a person: two lines an event, what happened and what was so after it.
func (r Recital) WriteText(w io.Writer) error { return r.write(w, plain) }

// WriteColor is WriteText with the colours of a terminal.
func (r Recital) WriteColor(w io.Writer) error { return r.write(w, ansi) }

func (r Recital) write(w io.Writer, p palette) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s%s\n", p.bold("conversation"), oneLine(r.CorrelationID), count(len(r.Sagas), "saga", "sagas"), r.until())
	for i := range r.Sagas {
		b.WriteByte('\n')
		r.Sagas[i].write(&b, p)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// until says where the recital was asked to stop.
func (r Recital) until() string {
	var text string
	if r.ToVersion > 0 {
		text += fmt.Sprintf(", up to version %d", r.ToVersion)
	}
	if !r.At.IsZero() {
		text += ", as of " + r.At.UTC().Format("2006-01-02 15:04:05.999999 UTC")
	}
	return text
}

func (s *Saga) write(b *strings.Builder, p palette) {
	first := s.Events[0].RecordedAt.UTC()
	status := p.status(s.State.Status)
	switch {
	case s.State.Version == 0:
		status = "state not known"
	case s.Fault != "":
		status += fmt.Sprintf(" at version %d", s.State.Version)
	}
	fmt.Fprintf(b, "%s %s  %s version %d  %s\n", p.bold("saga"), s.SagaID, oneLine(s.Definition.Name), s.Definition.Version, status)
	fmt.Fprintf(b, "began %s, took %s, %s in lane %d\n\n",
		first.Format("2006-01-02 15:04:05.000000 UTC"), lasted(s.Took), count(len(s.Events), "event", "events"), s.Lane)
	s.writeEvents(b, p)
	if s.Later > 0 {
		fmt.Fprintf(b, "\n%s left out.\n", count(s.Later, "later event", "later events"))
	}
	if s.Fault != "" {
		fmt.Fprintf(b, "\n%s %s\n", p.red("!"), printable(s.Fault))
	}
	s.writeSteps(b)
}

func (s *Saga) writeEvents(b *strings.Builder, p palette) {
	versions, offsets, sinces := len("v"), len("offset"), len("since")
	for i := range s.Events {
		e := &s.Events[i]
		versions = max(versions, len(strconv.FormatUint(e.Version, 10)))
		offsets = max(offsets, len(strconv.FormatUint(uint64(e.Offset), 10)))
		sinces = max(sinces, len(since(i, e)))
	}
	indent := strings.Repeat(" ", versions+offsets+sinces+3*2+len("15:04:05.000000"))
	fmt.Fprintf(b, "%*s  %*s  %-15s  %*s  %s\n", versions, "v", offsets, "offset", "time", sinces, "since", "what happened")
	for i := range s.Events {
		e := &s.Events[i]
		fmt.Fprintf(b, "%*d  %*d  %s  %*s  %s\n", versions, e.Version, offsets, e.Offset, clock(e.RecordedAt), sinces, since(i, e), p.event(e.Type, e.What))
		fmt.Fprintf(b, "%s  %s\n", indent, p.dim(e.after()))
	}
}

func since(i int, e *Event) string {
	if i == 0 {
		return ""
	}
	return "+" + lasted(e.Since)
}

// after is the second line of an event: the state after it, and what caused it.
func (e *Event) after() string {
	state := "state not known"
	if e.State != nil {
		state = describe(*e.State)
	}
	if e.CausationID == "" {
		return "→ " + state
	}
	return "→ " + state + "  (by " + oneLine(e.CausationID) + ")"
}

func (s *Saga) writeSteps(b *strings.Builder) {
	if len(s.ByStep) == 0 {
		return
	}
	names, phases := 0, 0
	for _, step := range s.ByStep {
		names = max(names, len(step.Step))
		phases = max(phases, len(step.Phase))
	}
	b.WriteByte('\n')
	for _, step := range s.ByStep {
		phase := strings.ReplaceAll(string(step.Phase), "_", " ")
		fmt.Fprintf(b, "%-*s  %-*s  %s, %s", names, step.Step, phases, phase, lasted(step.Took), count(step.Attempts, "attempt", "attempts"))
		if step.UndoAttempts > 0 {
			fmt.Fprintf(b, "; to undo it %s, %s", lasted(step.UndoTook), count(step.UndoAttempts, "attempt", "attempts"))
		}
		b.WriteByte('\n')
	}
}

// palette puts colour on words, or does not.
type palette struct{ colour bool }

var (
	plain = palette{}
	ansi  = palette{colour: true}
)

func (p palette) paint(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p palette) bold(text string) string { return p.paint("1", text) }
func (p palette) dim(text string) string  { return p.paint("2", text) }
func (p palette) red(text string) string  { return p.paint("31", text) }

func (p palette) status(s domain.Status) string {
	switch s {
	case domain.Completed:
		return p.paint("32", string(s))
	case domain.Stuck:
		return p.paint("31", string(s))
	case domain.Running:
		return string(s)
	default:
		return p.paint("33", string(s))
	}
}

func (p palette) event(eventType, what string) string {
	switch domain.FactType(eventType) {
	case domain.TypeStepFailed, domain.TypeStepTimedOut, domain.TypeCompensationFailed, domain.TypeSagaStuck:
		return p.paint("31", what)
	case domain.TypeStepCompleted, domain.TypeSagaCompleted:
		return p.paint("32", what)
	case domain.TypeSagaCompensating, domain.TypeCompensationCompleted, domain.TypeSagaCompensated, domain.TypeSagaCancelled:
		return p.paint("33", what)
	default:
		return what
	}
}
