package engine

import "time"

// Observer is told what the engine does, for metrics. Its methods are called from the engine's own goroutines: they must
// return at once. Embed Silence, so that a method added later does not break the build.
type Observer interface {
	// Committed: one append has committed.
	Committed(Commit)
	// Cached: of the sagas of a batch, so many were found in the cache and so many were read from the store, and so
	// many were read only to check a decision that rested on the cache.
	Cached(hits, reads, checks int)
	// Published: one attempt to publish so many messages; err is nil when they were sent.
	Published(messages int, took time.Duration, err error)
	// Redelivered: so many commands were published again.
	Redelivered(commands int)
	// Woken: so many sagas had something due.
	Woken(sagas int)
}

// Commit describes one append.
type Commit struct {
	Lanes, Sagas, Events int
	// Inputs is how many submits took part; Conflicts how many sagas somebody else had written first.
	Inputs, Conflicts int
	Took              time.Duration
}

// Silence is an Observer that does nothing.
type Silence struct{}

// Committed does nothing.
func (Silence) Committed(Commit) {}

// Cached does nothing.
func (Silence) Cached(int, int, int) {}

// Published does nothing.
func (Silence) Published(int, time.Duration, error) {}

// Redelivered does nothing.
func (Silence) Redelivered(int) {}

// Woken does nothing.
func (Silence) Woken(int) {}
