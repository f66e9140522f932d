package inproc

import (
	"log/slog"
	"time"
)

// Options tune a broker. The zero value of each field means its default.
type Options struct {
	// InFlight is how many messages of one group may be delivered and not yet acknowledged, those that wait for their
	// redelivery included. Default 256.
	InFlight int
	// RedeliverAfter is the pause before a rejected message comes again. Default 500 ms.
	RedeliverAfter time.Duration
	// Retain is how many entries a stream without readers holds back at most. Default 10,000.
	Retain int
	// ForgetAfter is how long a stream without readers stays after the last publish. Default 1 h.
	ForgetAfter time.Duration
	// DrainTimeout is how long a closing subscription waits for what is in flight; after it the messages go back to
	// their group and their contexts are cancelled. Default 30 s.
	DrainTimeout time.Duration
	// Now is the clock that entry ids are made from. Default time.Now.
	Now func() time.Time
	// Logger hears about entries that were dropped. Default: silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.InFlight <= 0 {
		o.InFlight = 256
	}
	if o.RedeliverAfter <= 0 {
		o.RedeliverAfter = 500 * time.Millisecond
	}
	if o.Retain <= 0 {
		o.Retain = 10_000
	}
	if o.ForgetAfter <= 0 {
		o.ForgetAfter = time.Hour
	}
	if o.DrainTimeout <= 0 {
		o.DrainTimeout = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
