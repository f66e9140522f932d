package streams

import "time"

// Options are those of the broker that this transport heeds; all must be set.
type Options struct {
	TakeOver       time.Duration
	RedeliverAfter time.Duration
	DrainTimeout   time.Duration
	// InFlight is for subscribers that do not say how much they want.
	InFlight int
	// TrimEvery is how often streams are trimmed; 0 means never.
	TrimEvery time.Duration
}
