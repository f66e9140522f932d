package domain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a message. They keep one message from hurting the others; a payload that needs more belongs in a blob
// store, with its address in the message.
const (
	MaxPayload       = 1 << 20 // bytes of the payload of a start or a reply, and of the unknown fields together
	MaxPayloadDepth  = 64      // objects and lists within each other in such a payload
	MaxFieldLength   = 256     // bytes of any protocol field but the payload
	MaxUnknownFields = 256
)

// Fields is the message as it goes on the wire: the protocol's fields in their order, empty ones left out.
func (e Envelope) Fields() []Field {
	fields := make([]Field, 0, 10)
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, Field{name, value})
		}
	}
	add(FieldCorrelationID, e.CorrelationID)
	add(FieldSagaID, e.SagaID)
	add(FieldEventType, e.EventType)
	add(FieldStatus, string(e.Status))
	add(FieldPayload, string(e.Payload))
	add(FieldTimestamp, formatTimestamp(e.Timestamp))
	add(FieldRequestID, e.RequestID)
	add(FieldIdempotencyKey, e.IdempotencyKey)
	add(FieldReplyStream, e.ReplyStream)
	add(FieldTraceParent, e.TraceParent)
	return fields
}

// ParseFields reads an entry of a stream: the fields of the protocol into the envelope, the others into extra, in
// their order. The error is a *RefusedError whose text tells the sender what to change.
//
// What only starts or only replies must have, and how much they may bring, CheckStart and CheckReply say; commands and
// the saga's own replies may hold more, since they are made of what others sent.
//
// A traceparent that is not in the W3C form is dropped: a broken trace must not cost a message.
func ParseFields(stream string, fields []Field) (e Envelope, extra []Field, err error) {
	p := fieldParser{envelope: Envelope{Stream: stream}}
	for i, f := range fields {
		if err := p.take(f, fields[:i]); err != nil {
			return Envelope{}, nil, &RefusedError{Reason: err.Error()}
		}
	}
	return p.envelope, p.extra, nil
}

type fieldParser struct {
	envelope   Envelope
	extra      []Field
	extraBytes int
}

// take reads one field; before holds those that came before it.
func (p *fieldParser) take(f Field, before []Field) error {
	if f.Name == "" || len(f.Name) > MaxFieldLength || !isText(f.Name) {
		return fmt.Errorf("the field name %s is not one; use 1 to %d bytes of UTF-8 without NUL", quoted(f.Name), MaxFieldLength)
	}
	// A walk is cheaper than a map: entries have about ten fields, and unknown ones are bounded.
	if slices.ContainsFunc(before, func(b Field) bool { return b.Name == f.Name }) {
		return fmt.Errorf("the field %s is given twice; send it once", quoted(f.Name))
	}
	switch f.Name {
	case FieldPayload:
		return p.payload(f.Value)
	case FieldTimestamp:
		return p.timestamp(f.Value)
	case FieldTraceParent:
		if isTraceParent(f.Value) {
			p.envelope.TraceParent = f.Value
		}
		return nil
	}
	if to := p.plain(f.Name); to != nil {
		if err := checkPlain(f); err != nil {
			return err
		}
		*to = f.Value
		return p.shape(f)
	}
	return p.unknown(f)
}

// plain is where a field goes that is text and nothing more.
func (p *fieldParser) plain(name string) *string {
	switch name {
	case FieldCorrelationID:
		return &p.envelope.CorrelationID
	case FieldSagaID:
		return &p.envelope.SagaID
	case FieldEventType:
		return &p.envelope.EventType
	case FieldStatus:
		return (*string)(&p.envelope.Status)
	case FieldRequestID:
		return &p.envelope.RequestID
	case FieldIdempotencyKey:
		return &p.envelope.IdempotencyKey
	case FieldReplyStream:
		return &p.envelope.ReplyStream
	default:
		return nil
	}
}

// shape checks what a plain field must look like. An empty field is an absent one.
func (p *fieldParser) shape(f Field) error {
	if f.Value == "" {
		return nil
	}
	switch f.Name {
	case FieldSagaID:
		id, err := ParseSagaID(f.Value)
		if err != nil {
			return fmt.Errorf("saga_id: %w; echo the saga_id of the command", err)
		}
		p.envelope.SagaID = id.String()
	case FieldEventType:
		if !isAddress(f.Value) {
			return fmt.Errorf("event_type: %s does not have the shape <domain>:<action> in lower case", quoted(f.Value))
		}
	case FieldStatus:
		switch ReplyStatus(f.Value) {
		case ReplyStart, ReplyProgress, ReplyCompleted, ReplyFailed:
		default:
			return fmt.Errorf("status: %s is not a status; send start, progress, completed or failed", quoted(f.Value))
		}
	}
	return nil
}

func (p *fieldParser) payload(text string) error {
	if text == "" {
		return nil
	}
	p.envelope.Payload = json.RawMessage(text)
	if err := checkBounds(p.envelope.Payload, maxComposed, maxComposedDepth); err != nil {
		return err
	}
	return checkForm(p.envelope.Payload)
}

func (p *fieldParser) timestamp(text string) error {
	if text == "" {
		return nil
	}
	at, err := parseTimestamp(text)
	if err != nil {
		return err
	}
	p.envelope.Timestamp = at
	return nil
}

func (p *fieldParser) unknown(f Field) error {
	if !isText(f.Value) {
		return fmt.Errorf("the field %s is not UTF-8 text (or holds a NUL); send text", quoted(f.Name))
	}
	p.extra = append(p.extra, f)
	p.extraBytes += len(f.Name) + len(f.Value)
	if len(p.extra) > MaxUnknownFields {
		return fmt.Errorf("there are more than %d unknown fields; send the input as JSON in the field payload", MaxUnknownFields)
	}
	if p.extraBytes > MaxPayload {
		return fmt.Errorf("the unknown fields are longer than %d bytes together; send less", MaxPayload)
	}
	return nil
}

// isText reports whether a text column of Postgres can hold it.
func isText(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// checkPlain keeps what is stored in columns and written to logs free of what does not belong there.
func checkPlain(f Field) error {
	if len(f.Value) > MaxFieldLength {
		return fmt.Errorf("%s: is %d bytes long; send at most %d", f.Name, len(f.Value), MaxFieldLength)
	}
	if !utf8.ValidString(f.Value) {
		return fmt.Errorf("%s: is not UTF-8", f.Name)
	}
	if strings.ContainsFunc(f.Value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%s: %s holds a control character; send plain text", f.Name, quoted(f.Value))
	}
	return nil
}
