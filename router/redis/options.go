package redis

import (
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Options tune a broker. The zero value of each field means its default.
type Options struct {
	// Consumer names this process among the consumers of a group. A process that comes back under its old name takes up
	// at once what it left unfinished; so no two live processes should share a name. Default: host name and process id.
	Consumer string
	// TakeOver is after what time the entries of a consumer that died are handled by others. A live one renews its hold
	// three times as often. Default 10 s, at least 1 s.
	TakeOver time.Duration
	// RedeliverAfter is the pause before a rejected message comes again. Default 500 ms.
	RedeliverAfter time.Duration
	// MaxInFlight bounds what router.InFlight may ask for; each one costs a connection. Default 16.
	MaxInFlight int
	// DrainTimeout is how long a closing subscription waits for what is in flight; after it the messages' contexts are
	// cancelled and their entries left to others. Default 30 s.
	DrainTimeout time.Duration
	// Logger tells about outages, lost groups and lost data. Default: silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Consumer == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "unknown-host"
		}
		o.Consumer = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	if o.TakeOver <= 0 {
		o.TakeOver = 10 * time.Second
	}
	o.TakeOver = max(o.TakeOver, time.Second)
	if o.RedeliverAfter <= 0 {
		o.RedeliverAfter = 500 * time.Millisecond
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = 16
	}
	if o.DrainTimeout <= 0 {
		o.DrainTimeout = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
