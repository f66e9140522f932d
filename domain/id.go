package domain

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"time"
)

// SagaID names one saga. It is a UUID of version 7 (a start through the API) or 8 (a start read from a stream), so ids
// sort by the time of the start. Its last 16 bits are the hash of the saga's correlation id: the id alone tells the
// saga's lane, in a store of any number of lanes (docs/decisions/0002-lane-in-the-saga-id.md).
type SagaID [16]byte

// ErrInvalidSagaID is returned for a text that is not a saga id.
var ErrInvalidSagaID = errors.New("not a saga id (expected a UUID such as 01932c07-209f-7ab4-8cf2-5d1f4be0a3c1)")

// NewSagaID makes the id of a saga started at the given moment by somebody who gave no key: a UUIDv7 whose random bits
// come from the caller. Bits beyond those a UUIDv7 leaves free are ignored.
func NewSagaID(at time.Time, correlationID string, random [8]byte) SagaID {
	id := timeOrdered(at, correlationID, random)
	id[6] = id[6]&0x0f | 0x70
	return id
}

// SagaIDFromKey makes the id of a saga whose start has a name of its own (an idempotency key): equal scope, key and
// correlation id give an equal id, so that a start delivered twice starts one saga. A key carries no time; such ids
// sort before all others.
func SagaIDFromKey(scope, key, correlationID string) SagaID {
	return derived(time.UnixMilli(0), correlationID, "key", scope, key)
}

// SagaIDFromEntry makes the id of a saga started by a stream entry: a UUIDv8 of the entry's time and a digest of
// stream and entry id.
func SagaIDFromEntry(at time.Time, stream, entryID, correlationID string) SagaID {
	return derived(at, correlationID, "entry", stream, entryID)
}

func derived(at time.Time, correlationID string, parts ...string) SagaID {
	var random [8]byte
	digest := digestOf(append(parts, correlationID)...)
	copy(random[:], digest[:8])
	id := timeOrdered(at, correlationID, random)
	id[6] = id[6]&0x0f | 0x80
	return id
}

// timeOrdered lays out 48 bits of Unix milliseconds, 62 bits of the given randomness and 16 bits of the correlation id;
// the version nibble is the caller's to set.
func timeOrdered(at time.Time, correlationID string, random [8]byte) SagaID {
	var id SagaID
	binary.BigEndian.PutUint64(id[:8], uint64(max(at.UnixMilli(), 0))<<16)
	copy(id[6:14], random[:])
	id[8] = id[8]&0x3f | 0x80 // RFC 9562 variant
	binary.BigEndian.PutUint16(id[14:], CorrelationHash(correlationID))
	return id
}

// CorrelationHash is the 16-bit hash that decides a conversation's lane. It is FNV-1a folded to 16 bits; it is part of
// the stored format and never changes.
func CorrelationHash(correlationID string) uint16 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(correlationID))
	sum := h.Sum32()
	return uint16(sum>>16) ^ uint16(sum)
}

// CorrelationHash is the hash of the correlation id of the saga this id names.
func (id SagaID) CorrelationHash() uint16 { return binary.BigEndian.Uint16(id[14:]) }

// IsZero reports whether id names no saga.
func (id SagaID) IsZero() bool { return id == SagaID{} }

// String is the id in the usual form of a UUID, lower case.
func (id SagaID) String() string {
	var text [36]byte
	hex.Encode(text[:8], id[:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// MarshalText is String, for JSON.
func (id SagaID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParseSagaID, for JSON.
func (id *SagaID) UnmarshalText(text []byte) error {
	parsed, err := ParseSagaID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// ParseSagaID reads what String writes; upper case is accepted. The error is ErrInvalidSagaID.
func ParseSagaID(text string) (SagaID, error) {
	var id SagaID
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return SagaID{}, fmt.Errorf("%q: %w", text, ErrInvalidSagaID)
	}
	digits := text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return SagaID{}, fmt.Errorf("%q: %w", text, ErrInvalidSagaID)
	}
	return id, nil
}

// RequestID names one attempt of one step in one direction: 32 hex digits, the same however often the command is
// delivered, and another for each attempt.
func RequestID(saga SagaID, step string, direction Direction, attempt int) string {
	digest := digestOf(saga.String(), step, string(direction), fmt.Sprint(attempt))
	return hex.EncodeToString(digest[:16])
}

// IdempotencyKey names one intention: a step of a saga in one direction. All attempts carry the same key, so a
// participant that keeps the keys it has served does each thing once.
func IdempotencyKey(saga SagaID, step string, direction Direction) string {
	return saga.String() + ":" + step + ":" + string(direction)
}

// digestOf hashes parts with their lengths, so that no two lists of parts have the same digest.
func digestOf(parts ...string) [sha256.Size]byte {
	h := sha256.New()
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		_, _ = h.Write(length[:])
		_, _ = h.Write([]byte(part))
	}
	return [sha256.Size]byte(h.Sum(nil))
}
