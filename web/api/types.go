// Package api holds what travels between the server of `skald serve` and its clients: the requests and answers of the
// JSON API under /api/v1, and the form of its errors. docs/operations.md lists the routes.
package api

import (
	"encoding/json"
	"time"

	"github.com/skald-go/skald/domain"
)

// Prefix is the path under which all routes stand but /healthz and /readyz.
const Prefix = "/api/v1"

// Start asks for a saga.
type Start struct {
	Definition    string          `json:"definition"`
	Version       int             `json:"version,omitempty"`        // 0: the newest
	CorrelationID string          `json:"correlation_id,omitempty"` // "": the server makes one, from Key where there is one
	Key           string          `json:"key,omitempty"`            // the caller's name for this start: the same again starts nothing
	Input         json.RawMessage `json:"input,omitempty"`          // an object; none means {}
	ReplyStream   string          `json:"reply_stream,omitempty"`   // where the saga's own replies go
}

// Started answers a Start. The saga is durable.
type Started struct {
	SagaID        domain.SagaID `json:"saga_id"`
	CorrelationID string        `json:"correlation_id"`
	Existed       bool          `json:"existed"`  // the key was used before: this is the saga it started
	Position      Position      `json:"position"` // give it as ?wait= to read lists that show this start
}

// Saga is where a saga stands.
type Saga struct {
	SagaID        domain.SagaID        `json:"saga_id"`
	CorrelationID string               `json:"correlation_id"`
	Definition    domain.DefinitionRef `json:"definition"`
	Status        domain.Status        `json:"status"`
	Paused        bool                 `json:"paused,omitempty"` // it makes no move until it is resumed; left out in lists
	Version       uint64               `json:"version"`
	Error         string               `json:"error,omitempty"`
	Input         json.RawMessage      `json:"input,omitempty"`
	Steps         []Step               `json:"steps,omitempty"` // in the order of their first command; left out in lists
	StartedAt     time.Time            `json:"started_at"`
	Deadline      time.Time            `json:"deadline,omitzero"` // until then it is to be done, else what its definition says happens; left out in lists
	UpdatedAt     time.Time            `json:"updated_at"`
	EndedAt       time.Time            `json:"ended_at,omitzero"`
}

// Settled reports whether nothing more will happen by itself: the saga has ended or waits for a person.
func (s Saga) Settled() bool { return s.Status.Terminal() || s.Status == domain.Stuck }

// Step is where a step stands.
type Step struct {
	Name         string           `json:"name"`
	Phase        domain.StepPhase `json:"phase"`
	Attempts     int              `json:"attempts"`
	UndoAttempts int              `json:"undo_attempts,omitempty"`
	InDoubt      bool             `json:"in_doubt,omitempty"`
	Fraction     float64          `json:"fraction,omitempty"`
	Output       json.RawMessage  `json:"output,omitempty"`
	Error        string           `json:"error,omitempty"`
	CommandedAt  time.Time        `json:"commanded_at,omitzero"`
	EndedAt      time.Time        `json:"ended_at,omitzero"`
}

// Sagas is one page of a list.
type Sagas struct {
	Sagas []Saga `json:"sagas"`
	Next  string `json:"next,omitempty"` // give it as ?after= for the next page; "" at the end
}

// Conversation is all sagas of one correlation id, in the order of their starts.
type Conversation struct {
	CorrelationID string `json:"correlation_id"`
	Sagas         []Saga `json:"sagas"`
}

// Event is one event of a history.
type Event struct {
	Version     uint64          `json:"version"`
	Type        string          `json:"type"`
	RecordedAt  time.Time       `json:"recorded_at"`
	Lane        uint16          `json:"lane"`
	Offset      uint64          `json:"offset"`
	CausationID string          `json:"causation_id,omitempty"`
	Trace       string          `json:"traceparent,omitempty"`
	Payload     json.RawMessage `json:"payload"`
}

// History is what a saga has lived through.
type History struct {
	SagaID        domain.SagaID `json:"saga_id"`
	CorrelationID string        `json:"correlation_id"`
	Events        []Event       `json:"events"`
}

// Cancel asks a saga to turn round.
type Cancel struct {
	Actor  string `json:"actor"` // who asks; it is recorded
	Reason string `json:"reason"`
}

// Operation is what a person asks of a saga; the verb stands in the path.
type Operation struct {
	Step   string          `json:"step,omitempty"`   // of retry, skip, complete and resolve; "": the step that the saga is stuck on
	Output json.RawMessage `json:"output,omitempty"` // of complete: an object; none means {}
	Actor  string          `json:"actor"`            // who asks; it is recorded
	Reason string          `json:"reason"`
}

// Operated answers an Operation: what followed at once, or, after a dry run, what would have.
type Operated struct {
	DryRun bool          `json:"dry_run,omitempty"`
	Events []Consequence `json:"events"`
}

// Consequence is an event that follows from an operation.
type Consequence struct {
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// Signal tells a saga something; its name stands in the path.
type Signal struct {
	Payload json.RawMessage `json:"payload,omitempty"` // the output of the step that waits for it: an object; none means {}
	Key     string          `json:"key,omitempty"`     // the sender's name for this signal: the same again changes nothing
}

// Definition is a published definition.
type Definition struct {
	domain.DefinitionRef
	PublishedAt time.Time       `json:"published_at,omitzero"`
	Document    json.RawMessage `json:"document,omitempty"` // canonical; left out in lists
}

// Definitions is all published definitions, by name and version.
type Definitions struct {
	Definitions []Definition `json:"definitions"`
}

// DeadLetter is a message set aside.
type DeadLetter struct {
	ID            string            `json:"id"`
	Stream        string            `json:"stream"`
	EntryID       string            `json:"entry_id,omitempty"`
	Group         string            `json:"group,omitempty"`
	Reason        string            `json:"reason"`
	CorrelationID string            `json:"correlation_id,omitempty"`
	SagaID        string            `json:"saga_id,omitempty"`
	EventType     string            `json:"event_type,omitempty"`
	Fields        map[string]string `json:"fields"` // the entry as it was
	At            time.Time         `json:"at"`
	Resolution    string            `json:"resolution,omitempty"` // "requeued", "discarded"; "" while it waits
	ResolvedBy    string            `json:"resolved_by,omitempty"`
	ResolvedAt    time.Time         `json:"resolved_at,omitzero"`
}

// DeadLetters is one page of dead letters that wait for a decision, newest first.
type DeadLetters struct {
	DeadLetters []DeadLetter `json:"dead_letters"`
	Next        string       `json:"next,omitempty"` // give it as ?before= for the next page; "" at the end
}

// Resolve decides about a dead letter.
type Resolve struct {
	Actor string `json:"actor"` // who decides; it is recorded
}

// Projection tells how far a projection has come.
type Projection struct {
	Name   string           `json:"name"`
	Tables []string         `json:"tables"`
	Phase  string           `json:"phase"` // "current", "outdated" (is rebuilt) or "superseded" (by a newer Skald)
	Lanes  []ProjectionLane `json:"lanes"`
	Lag    uint64           `json:"lag"`              // events not yet seen, over all lanes
	Parked int              `json:"parked,omitempty"` // sagas whose rows stand still, see the table projection_parked
	Error  string           `json:"error,omitempty"`  // what keeps it from being written now
}

// ProjectionLane is a projection's place in one lane.
type ProjectionLane struct {
	Lane uint16 `json:"lane"`
	Seen uint64 `json:"seen"` // offset of the last event in the tables
	Head uint64 `json:"head"` // offset of the last event in the log
}

// Projections is all projections.
type Projections struct {
	Projections []Projection `json:"projections"`
}

// Version names a build.
type Version struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Revision string `json:"revision,omitempty"`
	Protocol int    `json:"protocol"` // of the messages, docs/protocol.md
}

// Health answers /healthz and /readyz.
type Health struct {
	Status string            `json:"status"` // "ok" or "unavailable"
	Checks map[string]string `json:"checks,omitempty"`
}
