package eventstore

import (
	"errors"
	"fmt"

	"github.com/skald-go/skald/domain"
)

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
	// ErrNotMigrated: the database holds no store yet, or one older than this program.
	ErrNotMigrated = errors.New("the event store needs migrations; run `skald migrate up`")
)

// NoDefinition is the ErrNoDefinition that names what was asked for; version 0 is the newest.
func NoDefinition(name string, version int) error {
	if version == 0 {
		return fmt.Errorf("definition %q: %w", name, ErrNoDefinition)
	}
	return fmt.Errorf("definition %q version %d: %w", name, version, ErrNoDefinition)
}

// DefinitionChanged is the ErrDefinitionChanged that names the version and both digests.
func DefinitionChanged(stored, given domain.DefinitionRef) error {
	return fmt.Errorf("definition %q version %d is published as %s, given was %s: %w",
		stored.Name, stored.Version, stored.Digest, given.Digest, ErrDefinitionChanged)
}

// NoDeadLetter is the ErrNoDeadLetter that names what was asked for.
func NoDeadLetter(id string) error { return fmt.Errorf("dead letter %q: %w", id, ErrNoDeadLetter) }

// DeadLetterResolved is the ErrDeadLetterResolved that tells what became of the letter, and by whom.
func DeadLetterResolved(d DeadLetter) error {
	return fmt.Errorf("dead letter %q was %s by %s: %w", d.ID, d.Resolution, d.ResolvedBy, ErrDeadLetterResolved)
}
