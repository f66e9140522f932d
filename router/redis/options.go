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
	// Transport reads the streams. Default TransportSkald.
	Transport Transport
	// InFlight is how many messages a subscription has in flight when its subscriber does not say. Default 256; with
	// TransportLibrary always 1.
	InFlight int
	// MaxInFlight bounds what router.InFlight may ask for with TransportLibrary, where each one costs a connection.
	// Default 16.
	MaxInFlight int
	// TrimEvery is how often the streams that are read are relieved of the entries that all their groups have
	// acknowledged; negative means never. Default 5 s. TransportLibrary never does.
	TrimEvery time.Duration
	// DrainTimeout is how long a closing subscription waits for what is in flight; after it the messages' contexts are
	// cancelled and their entries left to others. Default 30 s.
	DrainTimeout time.Duration
	// Logger tells about outages, lost groups and lost data. Default: silence.
	Logger *slog.Logger
}

// Transport is a way to read Redis Streams.
type Transport string

const (
	// TransportSkald reads in batches and keeps the messages of one key in order; see package streams.
	TransportSkald Transport = "skald"
	// TransportLibrary reads through the library of that name, one message at a time; see package library.
	TransportLibrary Transport = "watermill-redisstream"
)

func (o Options) withDefaults() Options {
	if o.Transport == "" {
		o.Transport = TransportSkald
	}
	if o.InFlight <= 0 {
		o.InFlight = 256
	}
	if o.TrimEvery == 0 {
		o.TrimEvery = 5 * time.Second
	}
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
