package projections

import (
	"log/slog"
	"time"
)

// Options say how a Runner works. The zero Options are good defaults.
type Options struct {
	// Projections are the program's own, beside the built-in ones.
	Projections []Projection

	// Migrate creates or updates the tables before anything else. Without it New fails with ErrNotMigrated where they
	// are missing or old. A memory store's tables are always created.
	Migrate bool

	// Poll is the longest wait before the log is looked at again when no wake-up comes. Default 200ms.
	Poll time.Duration

	// Linger is the shortest time between two transactions while events trickle in: they are gathered meanwhile, and a
	// saga is then written once for all of them. WaitFor does not wait for it. Default 200ms.
	Linger time.Duration

	// BatchSize is the greatest number of events folded into one transaction. Default 1000.
	BatchSize int

	// CacheSize is the number of sagas whose state is kept between batches; others are read again. Default 8192.
	CacheSize int

	// Logger hears of errors and of what was done about them. Default: silence.
	Logger *slog.Logger

	// Now is the clock for checkpoints and parked sagas; rows of the projections do not depend on it. Default time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Poll <= 0 {
		o.Poll = 200 * time.Millisecond
	}
	if o.Linger <= 0 {
		o.Linger = 200 * time.Millisecond
	}
	if o.BatchSize <= 0 {
		o.BatchSize = 1000
	}
	if o.CacheSize <= 0 {
		o.CacheSize = 8192
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
