package eventstore

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/skald-go/skald/domain"
)

// InvalidAppendError says which part of a batch breaks the contract of Append. It is an ErrInvalidAppend. Nothing was
// written; without the saga it names the rest of the batch may be appended.
type InvalidAppendError struct {
	Lane   Lane
	SagaID domain.SagaID // zero: the fault is the lane's, not one saga's
	Reason string
}

func (e *InvalidAppendError) Error() string {
	if e.SagaID.IsZero() {
		return fmt.Sprintf("%v: lane %d: %s", ErrInvalidAppend, e.Lane, e.Reason)
	}
	return fmt.Sprintf("%v: lane %d, saga %s: %s", ErrInvalidAppend, e.Lane, e.SagaID, e.Reason)
}

// Unwrap is ErrInvalidAppend.
func (e *InvalidAppendError) Unwrap() error { return ErrInvalidAppend }

// ValidateAppend checks what a caller of Append promises, for a store of the given number of lanes. Drivers call it
// first, so that all of them refuse the same batches, and a fault never costs a transaction. The error is an
// *InvalidAppendError.
func ValidateAppend(batches []LaneAppend, lanes int) error {
	seen := make(map[Lane]bool, len(batches))
	for i := range batches {
		b := &batches[i]
		if int(b.Lane) >= lanes {
			return &InvalidAppendError{Lane: b.Lane, Reason: fmt.Sprintf("the store has lanes 0 to %d", lanes-1)}
		}
		if seen[b.Lane] {
			return &InvalidAppendError{Lane: b.Lane, Reason: "the lane is given twice"}
		}
		seen[b.Lane] = true
		if err := validateLane(b, lanes); err != nil {
			return err
		}
	}
	return nil
}

func validateLane(b *LaneAppend, lanes int) error {
	seen := make(map[domain.SagaID]bool, len(b.Sagas))
	for i := range b.Sagas {
		s := &b.Sagas[i]
		reason := sagaFault(s, b.Lane, lanes)
		if seen[s.SagaID] {
			reason = "the saga is given twice"
		}
		if reason != "" {
			return &InvalidAppendError{Lane: b.Lane, SagaID: s.SagaID, Reason: reason}
		}
		seen[s.SagaID] = true
	}
	return nil
}

func sagaFault(s *SagaAppend, lane Lane, lanes int) string {
	switch {
	case s.SagaID.IsZero():
		return "a saga has no id"
	case s.CorrelationID == "":
		return "the correlation id is empty"
	case domain.CorrelationHash(s.CorrelationID) != s.SagaID.CorrelationHash():
		return fmt.Sprintf("the id was not made for the correlation id %q", s.CorrelationID)
	case LaneOfSaga(s.SagaID, lanes) != lane:
		return fmt.Sprintf("the saga belongs to lane %d", LaneOfSaga(s.SagaID, lanes))
	case s.Status == "":
		return "the status is empty"
	case len(s.Events) == 0:
		return "there are no events"
	case !storable(s.CorrelationID):
		return "the correlation id is not text (UTF-8 without NUL)"
	case !storable(s.Definition.Name) || !storable(s.Definition.Digest) || !storable(string(s.Status)):
		return "definition or status is not text (UTF-8 without NUL)"
	}
	for i := range s.Events {
		if fault := eventFault(&s.Events[i]); fault != "" {
			return fmt.Sprintf("event %d (%s): %s", i, s.Events[i].Type, fault)
		}
	}
	return ""
}

func eventFault(e *NewEvent) string {
	switch {
	case e.Type == "":
		return "the type is empty"
	case e.RecordedAt.IsZero():
		return "recorded_at is missing"
	case !e.RecordedAt.Equal(e.RecordedAt.Truncate(time.Microsecond)):
		return "recorded_at is not in whole microseconds"
	case !storable(e.Type) || !storable(e.CausationID) || !storable(e.Trace):
		return "type, causation id or trace is not text (UTF-8 without NUL)"
	case !json.Valid(e.Payload) || !utf8.Valid(e.Payload):
		return "the payload is not JSON in UTF-8"
	}
	return ""
}

// storable reports whether every driver can keep the text: Postgres takes neither broken UTF-8 nor NUL.
func storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}
