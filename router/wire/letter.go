package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// DeadStream is the stream of dead letters (docs/protocol.md).
const DeadStream = "skald:dead"

// The fields of a dead letter's entry, beside correlation_id, saga_id, event_type and timestamp.
const (
	fieldReason        = "reason"
	fieldOriginStream  = "origin_stream"
	fieldOriginEntryID = "origin_entry_id"
	fieldOriginGroup   = "origin_group"
	fieldOriginFields  = "fields" // JSON object: the entry as it was
	fieldLetterID      = "dead_letter_id"
)

// maxLetterValue is how much of one field a letter keeps. What is longer could not be handled anyway (domain.MaxPayload).
const maxLetterValue = domain.MaxPayload

// LetterOf sets m aside, for the given reason. Its id follows from the entry and its group, so that a message set aside
// twice is one letter; ids sort by the time of the entry.
func LetterOf(m *message.Message, reason string, at time.Time) eventstore.DeadLetter {
	origin := OriginOf(m)
	fields := Fields(m)
	for i := range fields {
		fields[i] = domain.Field{Name: plainText(fields[i].Name), Value: plainText(fields[i].Value)}
	}
	return eventstore.DeadLetter{
		ID:            letterID(origin),
		Stream:        origin.Stream,
		EntryID:       origin.EntryID,
		Group:         origin.Group,
		Reason:        plainText(reason),
		CorrelationID: plainText(m.Metadata[domain.FieldCorrelationID]),
		SagaID:        plainText(m.Metadata[domain.FieldSagaID]),
		EventType:     plainText(m.Metadata[domain.FieldEventType]),
		Fields:        fields,
		At:            at.UTC().Truncate(time.Microsecond),
	}
}

// letterID has the shape of a UUID: 48 bits of the entry's time, then a digest.
func letterID(origin Origin) string {
	at, err := origin.Time()
	if err != nil {
		at = time.UnixMilli(0)
	}
	digest := sha256.Sum256([]byte(origin.Stream + "\x00" + origin.EntryID + "\x00" + origin.Group))
	text := fmt.Sprintf("%012x", uint64(at.UnixMilli())&(1<<48-1)) + hex.EncodeToString(digest[:10])
	return text[:8] + "-" + text[8:12] + "-8" + text[13:16] + "-8" + text[17:20] + "-" + text[20:]
}

// plainText is text as every store can keep it: UTF-8 without NUL, of bounded length.
func plainText(text string) string {
	if len(text) > maxLetterValue {
		text = text[:maxLetterValue] + fmt.Sprintf("… (cut; it was %d bytes long)", len(text))
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// MessageOfLetter is the entry of DeadStream that carries the letter.
func MessageOfLetter(letter eventstore.DeadLetter) *message.Message {
	m := FromFields(domain.Envelope{Timestamp: letter.At}.Fields())
	for name, value := range map[string]string{
		domain.FieldCorrelationID: letter.CorrelationID,
		domain.FieldSagaID:        letter.SagaID,
		domain.FieldEventType:     letter.EventType,
		fieldReason:               letter.Reason,
		fieldOriginStream:         letter.Stream,
		fieldOriginEntryID:        letter.EntryID,
		fieldOriginGroup:          letter.Group,
		fieldOriginFields:         encodeFields(letter.Fields),
		fieldLetterID:             letter.ID,
	} {
		if value != "" {
			m.Metadata[name] = value
		}
	}
	return m
}

// ParseLetter reads what MessageOfLetter writes. An entry that was not written by it becomes a letter of its own, whose
// reason says so: nothing that reaches DeadStream is dropped.
func ParseLetter(m *message.Message, now time.Time) eventstore.DeadLetter {
	fields, err := decodeFields(m.Metadata[fieldOriginFields])
	switch {
	case m.Metadata[fieldReason] == "":
		return LetterOf(m, "the entry on "+DeadStream+" is no dead letter: it needs the fields "+fieldReason+" and "+
			fieldOriginFields, now)
	case err != nil:
		return LetterOf(m, fmt.Sprintf("%s (its field %s cannot be read: %v)", m.Metadata[fieldReason], fieldOriginFields, err), now)
	}
	at := now
	if e, err := EnvelopeOf(m); err == nil && !e.Timestamp.IsZero() {
		at = e.Timestamp
	}
	id := plainText(m.Metadata[fieldLetterID])
	if id == "" { // a participant in another language need not know how ids are made
		id = letterID(Origin{Stream: m.Metadata[fieldOriginStream], EntryID: m.Metadata[fieldOriginEntryID], Group: m.Metadata[fieldOriginGroup]})
	}
	return eventstore.DeadLetter{
		ID:            id,
		Stream:        plainText(m.Metadata[fieldOriginStream]),
		EntryID:       plainText(m.Metadata[fieldOriginEntryID]),
		Group:         plainText(m.Metadata[fieldOriginGroup]),
		Reason:        plainText(m.Metadata[fieldReason]),
		CorrelationID: plainText(m.Metadata[domain.FieldCorrelationID]),
		SagaID:        plainText(m.Metadata[domain.FieldSagaID]),
		EventType:     plainText(m.Metadata[domain.FieldEventType]),
		Fields:        fields,
		At:            at.UTC().Truncate(time.Microsecond),
	}
}
