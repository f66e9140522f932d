package replay

import (
	"encoding/json"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Recital is a conversation retold.
type Recital struct {
	CorrelationID string    `json:"correlation_id"`
	ToVersion     uint64    `json:"to_version,omitempty"` // as asked for
	At            time.Time `json:"at,omitzero"`          // as asked for
	Sagas         []Saga    `json:"sagas"`                // in the order of their starts; those started after At are left out
}

// Saga is one saga retold.
type Saga struct {
	SagaID     domain.SagaID        `json:"saga_id"`
	Definition domain.DefinitionRef `json:"definition"`
	Lane       eventstore.Lane      `json:"lane"`
	Events     []Event              `json:"events"`
	Later      int                  `json:"later,omitempty"` // events that Options left out
	State      domain.State         `json:"state"`           // after the last event told that could be folded
	Took       time.Duration        `json:"took_ns"`         // from the first event told to the last
	ByStep     []StepTimes          `json:"by_step,omitempty"`
	// Fault says why the state is not known beyond State.Version; "" when every event told could be folded.
	Fault string `json:"fault,omitempty"`
}

// Event is one event retold.
type Event struct {
	Version     uint64            `json:"version"`
	Lane        eventstore.Lane   `json:"lane"`
	Offset      eventstore.Offset `json:"offset"`
	Type        string            `json:"type"`
	RecordedAt  time.Time         `json:"recorded_at"`
	Since       time.Duration     `json:"since_ns"`               // since the event before it in the saga
	CausationID string            `json:"causation_id,omitempty"` // the message that caused it
	Trace       string            `json:"traceparent,omitempty"`
	What        string            `json:"what"` // what happened, in words
	Payload     json.RawMessage   `json:"payload"`
	State       *domain.State     `json:"state,omitempty"` // after the event; nil when it cannot be known
}
