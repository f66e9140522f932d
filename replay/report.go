package replay

import (
	"fmt"
	"io"
	"strings"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Report is what Verify found.
type Report struct {
	Lanes       int       `json:"lanes"`
	Events      uint64    `json:"events"`
	Sagas       uint64    `json:"sagas"`
	Projections bool      `json:"projections"` // whether they were compared as well
	Findings    []Finding `json:"findings"`    // at most MaxFindings
	More        uint64    `json:"more,omitempty"`
}

// MaxFindings is the greatest number of findings that a report lists; further ones are counted.
const MaxFindings = 1000

// Finding is one thing that does not agree.
type Finding struct {
	Check  Check             `json:"check"`
	Lane   eventstore.Lane   `json:"lane"`
	Offset eventstore.Offset `json:"offset,omitempty"` // 0: it concerns no single event
	SagaID domain.SagaID     `json:"saga_id,omitzero"` // zero: it concerns no single saga
	What   string            `json:"what"`
}

// Check names what was compared with what.
type Check string

// The checks of Verify.
const (
	CheckOffsets     Check = "offsets"     // offsets of a lane are dense and end at its head (promise 2)
	CheckHash        Check = "hash"        // the hash chain: nothing was changed, removed or put elsewhere
	CheckFacts       Check = "facts"       // events can be read
	CheckVersions    Check = "versions"    // versions of a saga are 1, 2, 3 … (promise 2)
	CheckFold        Check = "fold"        // the history could have happened (promise 3)
	CheckCorrelation Check = "correlation" // the correlation id is the same throughout, and decides the lane (promise 7)
	CheckHead        Check = "head"        // the row kept for the saga is what its history says
	CheckProjection  Check = "projection"  // the read models are a fresh fold of the history (promise 3)
)

// OK reports whether everything agrees.
func (r Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) add(f Finding) {
	if len(r.Findings) >= MaxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, f)
}

// WriteJSON writes the report as one JSON document.
func (r Report) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

// WriteText writes the report for a person: a line for each finding, and a last line that sums up.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f)
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "and %d more\n", r.More)
	}
	compared := "projections were not compared"
	if r.Projections {
		compared = "projections compared"
	}
	result := "everything agrees"
	if found := uint64(len(r.Findings)) + r.More; found > 0 {
		result = count(int(found), "finding", "findings")
	}
	fmt.Fprintf(&b, "%s: %d events of %d sagas in %d lanes folded, %s\n", result, r.Events, r.Sagas, r.Lanes, compared)
	_, err := io.WriteString(w, b.String())
	return err
}

// String is the finding on one line, with its place first.
func (f Finding) String() string {
	place := fmt.Sprintf("lane %d", f.Lane)
	if f.Offset > 0 {
		place += fmt.Sprintf(", offset %d", f.Offset)
	}
	if !f.SagaID.IsZero() {
		place += ", saga " + f.SagaID.String()
	}
	return fmt.Sprintf("%s: %s: %s", place, f.Check, printable(f.What))
}
