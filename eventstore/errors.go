package eventstore

import "errors"

// Errors that callers branch on. Drivers wrap them with what they were doing.
var (
	// ErrUnavailable: the store cannot be reached now; the call had no effect and may be repeated.
	ErrUnavailable = errors.New("event store unavailable")
	// ErrAmbiguous: the store was lost while committing and did not come back in time; the append may or may not have
	// taken effect. Read before trying again.
	ErrAmbiguous = errors.New("outcome of the append is unknown")
	// ErrDefinitionChanged: that version is published with another content.
	ErrDefinitionChanged = errors.New("this version of the definition is published with another content; give the change a new version number")
	// ErrNoDefinition: no such definition or version.
	ErrNoDefinition = errors.New("no such definition")
	// ErrNoDeadLetter: no such dead letter.
	ErrNoDeadLetter = errors.New("no such dead letter")
	// ErrDeadLetterResolved: somebody has decided about it before.
	ErrDeadLetterResolved = errors.New("dead letter already resolved")
	// ErrAppendOnly: somebody tried to change or remove history.
	ErrAppendOnly = errors.New("history is append-only")
	// ErrInvalidAppend: the batch breaks the contract of Append (a saga or lane twice, no events, a wrong lane).
	ErrInvalidAppend = errors.New("invalid append")
)
