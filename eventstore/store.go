// Package eventstore keeps the histories of sagas: an append-only log, split into lanes, and what must stand beside it
// in the same database (definitions, dead letters). Drivers live in memory/, sqlite/ and postgres/; eventstoretest/ is
// the one suite that all of them pass.
//
// # Lanes
//
// The log is split into a fixed number of lanes; a conversation (correlation id) lives in one. Within a lane offsets
// are dense: 1, 2, 3 …, because the lane's row is locked by the appending transaction until it commits. A reader at
// offset n therefore never misses an event that commits later, waits for no other transaction, and needs one number
// per lane as its cursor. Correctness rests on that lock and on the sagas' versions, never on who owns a lane.
package eventstore

import (
	"context"
	"time"

	"github.com/skald-go/skald/domain"
)

// DefaultLanes is the number of lanes of a new store. It is fixed when the store is created.
const DefaultLanes = 16

// MaxLanes is the greatest number of lanes a store may have.
const MaxLanes = 1024

// Lane is one part of the log, 0 to Lanes-1.
type Lane uint16

// Offset is a place within a lane, from 1. The zero Offset is the place before the first event.
type Offset uint64

// Cursor is a place in the whole log: for each lane the offset of the last event seen.
type Cursor []Offset

// LaneOf is the lane of a conversation in a store of the given number of lanes.
func LaneOf(correlationID string, lanes int) Lane {
	return Lane(int(domain.CorrelationHash(correlationID)) % lanes)
}

// LaneOfSaga is the lane of a saga; it follows from the id alone.
func LaneOfSaga(id domain.SagaID, lanes int) Lane { return Lane(int(id.CorrelationHash()) % lanes) }

// NewEvent is an event to append.
type NewEvent struct {
	Type          string
	SchemaVersion int
	Payload       []byte    // JSON; owned by the store from the call on
	RecordedAt    time.Time // UTC, whole microseconds
	CausationID   string    // the message that caused it
	Trace         string    // W3C traceparent, or ""
}

// Record is an event of the log. Its byte slices must not be written.
type Record struct {
	NewEvent
	Lane          Lane
	Offset        Offset
	SagaID        domain.SagaID
	CorrelationID string
	Version       uint64
	Hash          [32]byte // chains the lane: see ChainHash
}

// SagaAppend is what one saga has lived through since ExpectedVersion.
type SagaAppend struct {
	SagaID          domain.SagaID
	CorrelationID   string
	Definition      domain.DefinitionRef
	ExpectedVersion uint64 // 0: the saga must not exist
	Events          []NewEvent
	// What the saga's row says after these events.
	Status  domain.Status
	NextDue time.Time // zero: nothing is due
}

// LaneAppend is a batch for one lane. A saga stands in it at most once.
type LaneAppend struct {
	Lane  Lane
	Sagas []SagaAppend
}

// LaneResult tells what became of a LaneAppend.
type LaneResult struct {
	Lane Lane
	// First and Head are the offsets of the first and the last event written by this call; when nothing was written
	// Head is the lane's head and First is 0. The sagas that were written follow each other in the order given.
	First, Head Offset
	Conflicts   []Conflict
}

// Conflict names a saga that was left out because its expected version did not hold.
type Conflict struct {
	SagaID  domain.SagaID
	Version uint64 // the version it has; 0 when it does not exist
}

// SagaHead is the row kept for each saga, in step with its history.
type SagaHead struct {
	SagaID        domain.SagaID
	CorrelationID string
	Lane          Lane
	Definition    domain.DefinitionRef
	Version       uint64
	Status        domain.Status
	NextDue       time.Time
}

// Store is an event store. All methods may be called concurrently. A method returns when its work is done or ctx ends;
// what it returns belongs to the caller.
type Store interface {
	// Lanes is the number of lanes, fixed when the store was created.
	Lanes() int

	// Append writes to one or more lanes in one transaction, locking lanes in ascending order. A saga whose expected
	// version does not hold is left out and named in its lane's result; all the others are written and durable when
	// Append returns, or, on an error, none. Results come in the order of batches. Every lane must be given at most
	// once. A commit whose outcome is unknown (connection lost) is resolved by reading back before Append returns; only
	// when the store stays out of reach until ctx ends does Append return an error wrapping ErrAmbiguous.
	Append(ctx context.Context, batches []LaneAppend) ([]LaneResult, error)

	// ReadLane returns up to limit events of a lane after the given offset, in order of offset.
	ReadLane(ctx context.Context, lane Lane, after Offset, limit int) ([]Record, error)

	// ReadSagas returns the histories of the given sagas, each in order of version and whole, in one round trip. A saga
	// that does not exist has an empty history. Results come in the order of ids.
	ReadSagas(ctx context.Context, ids []domain.SagaID) ([][]Record, error)

	// Heads returns the offset of the last event of each lane.
	Heads(ctx context.Context) (Cursor, error)

	// SagasByCorrelation returns the sagas of a conversation, in order of their ids (which is that of their starts).
	SagasByCorrelation(ctx context.Context, correlationID string) ([]SagaHead, error)

	// OpenSagas returns up to limit sagas that have not ended and whose id is greater than after, in order of id within
	// one lane.
	OpenSagas(ctx context.Context, lane Lane, after domain.SagaID, limit int) ([]SagaHead, error)

	// SagaHeads returns up to limit sagas of a lane, ended or not, whose id is greater than after, in order of id.
	SagaHeads(ctx context.Context, lane Lane, after domain.SagaID, limit int) ([]SagaHead, error)

	// Appended returns a channel that receives a value soon after something was appended, by this process or, where the
	// driver can tell, by another. It is a wake-up only: values are dropped when the receiver is slow, and a reader
	// must poll as well. It is closed when ctx ends.
	Appended(ctx context.Context) <-chan struct{}

	DefinitionStore
	DeadLetterStore

	// Close releases what the store opened. Calls under way may fail.
	Close() error
}

// DefinitionStore keeps published definitions. A published version is never changed.
type DefinitionStore interface {
	// PutDefinition publishes a definition. Publishing the same version with the same digest again does nothing; with
	// another digest the error is ErrDefinitionChanged.
	PutDefinition(ctx context.Context, d StoredDefinition) error
	// Definition returns one version, or the newest when version is 0; the error is ErrNoDefinition.
	Definition(ctx context.Context, name string, version int) (StoredDefinition, error)
	// Definitions returns all, ordered by name and version.
	Definitions(ctx context.Context) ([]StoredDefinition, error)
}

// StoredDefinition is a definition in its canonical form.
type StoredDefinition struct {
	Ref         domain.DefinitionRef
	Document    []byte // canonical JSON
	PublishedAt time.Time
}

// DeadLetterStore keeps messages that could not be handled, until a person decides about them.
type DeadLetterStore interface {
	// PutDeadLetter keeps a letter; one with the same ID that is there already stays as it is.
	PutDeadLetter(ctx context.Context, d DeadLetter) error
	// DeadLetters returns up to limit unresolved letters, newest first, before the given id ("" for the newest).
	DeadLetters(ctx context.Context, before string, limit int) ([]DeadLetter, error)
	// DeadLetter returns one letter; the error is ErrNoDeadLetter.
	DeadLetter(ctx context.Context, id string) (DeadLetter, error)
	// ResolveDeadLetter records what a person did with it ("requeued", "discarded"). The error is ErrNoDeadLetter for an
	// unknown letter and ErrDeadLetterResolved when it was resolved before.
	ResolveDeadLetter(ctx context.Context, id, resolution, actor string, at time.Time) error
}

// DeadLetter is a message set aside, with the reason and where it came from.
type DeadLetter struct {
	ID            string // time-ordered; see router's dead letter middleware
	Stream        string
	EntryID       string
	Group         string
	Reason        string
	CorrelationID string
	SagaID        string
	EventType     string
	Fields        []domain.Field // the entry as it was
	At            time.Time

	Resolution string // "", "requeued", "discarded"
	ResolvedBy string
	ResolvedAt time.Time
}
