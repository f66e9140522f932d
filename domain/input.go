package domain

import (
	"encoding/json"
	"time"
)

// Input is something that happens to a saga, with the moment and the randomness that Decide may use.
type Input struct {
	At      time.Time // UTC, whole microseconds
	Random  float64   // in [0,1); spreads the waits before retries
	Trigger Trigger
}

// Trigger is what happened: one of the types below, by value.
type Trigger interface{ trigger() }

// The triggers.
type (
	// StartSaga asks for a saga to begin. On a saga that has begun it changes nothing.
	StartSaga struct {
		SagaID        SagaID
		CorrelationID string
		Input         json.RawMessage // a JSON object; nil means {}
		ReplyStream   string
		RequestID     string
		EventType     string
	}
	// Reply is a participant's answer.
	Reply struct {
		RequestID string // "" when the participant does not echo it: then EventType finds the command that is open
		EventType string
		Status    ReplyStatus
		Payload   json.RawMessage
	}
	// Tick says that time has passed: what is due at Input.At is done.
	Tick struct{}
	// Cancel is the Operation VerbCancel in short.
	Cancel struct {
		Actor  string
		Reason string
	}
)

func (StartSaga) trigger() {}
func (Reply) trigger()     {}
func (Tick) trigger()      {}
func (Cancel) trigger()    {}

// ReplyStatus is the status field of a reply (docs/protocol.md).
type ReplyStatus string

// The statuses of a reply, in their order on the wire: one start, any number of progress, then one of the last two.
const (
	ReplyStart     ReplyStatus = "start"
	ReplyProgress  ReplyStatus = "progress"
	ReplyCompleted ReplyStatus = "completed"
	ReplyFailed    ReplyStatus = "failed"
)

// RefusedError says that an input makes no sense for the saga as it stands. Nothing happened. Its text is written for
// the person who reads the dead letter or the operator who asked.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }
