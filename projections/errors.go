package projections

import "errors"

// Errors that callers branch on.
var (
	// ErrNoSaga: the read models have no such saga; one just started may not have reached them yet (see WaitFor).
	ErrNoSaga = errors.New("no such saga")
	// ErrNoConversation: the read models have no saga of that correlation id.
	ErrNoConversation = errors.New("no such conversation")
	// ErrNoProjection: no projection has that name or keeps a table of that name.
	ErrNoProjection = errors.New("no such projection")
	// ErrNotMigrated: the tables of the read models are missing or older than this build.
	ErrNotMigrated = errors.New("the tables of the projections are missing or old: run skald migrate up")
	// ErrRebuildOvertaken: another rebuild of the same projection began; it does the work.
	ErrRebuildOvertaken = errors.New("another rebuild of this projection began meanwhile and takes over")
	// ErrInvalidCursor: a page was asked for with a cursor that no page gave out.
	ErrInvalidCursor = errors.New("invalid cursor: use the next cursor of the page before, unchanged")
)

// errMoved: the checkpoint is not where this process had read on from; another process has moved it.
var errMoved = errors.New("checkpoint moved by another process")

// errSuperseded: a newer version of the projection owns the tables.
var errSuperseded = errors.New("a newer version of this projection owns its tables; this process no longer writes them")
