package domain

import (
	"encoding/json"
	"time"
)

// Envelope is a message of protocol 1 (docs/protocol.md): a command, a reply, a start or an event on its way through a
// broker. All its fields are text on the wire.
type Envelope struct {
	// Stream is where the message goes or came from; it is the address, not a field.
	Stream string

	CorrelationID string
	SagaID        string // empty in a start
	EventType     string
	Status        ReplyStatus // replies only
	Payload       json.RawMessage
	Timestamp     time.Time

	RequestID      string
	IdempotencyKey string
	ReplyStream    string
	TraceParent    string
}

// Field is one name and value of an entry.
type Field struct{ Name, Value string }

// The names of the fields, in the order in which they are written.
const (
	FieldCorrelationID  = "correlation_id"
	FieldSagaID         = "saga_id"
	FieldEventType      = "event_type"
	FieldStatus         = "status"
	FieldPayload        = "payload"
	FieldTimestamp      = "timestamp"
	FieldRequestID      = "request_id"
	FieldIdempotencyKey = "idempotency_key"
	FieldReplyStream    = "reply_stream"
	FieldTraceParent    = "traceparent"
)
