package config

import (
	"strings"
)

// Key is one thing that can be set.
type Key struct {
	Name    string // as in the file, dots for nesting: "log.level"
	Flag    string // the flag of its own, "" when only --set reaches it
	Type    string // what a value looks like, for the documentation
	Default string
	Doc     string // one sentence or two, units included
	Secret  bool   // may carry a password: shown without it

	field func(*Config) any // where the value lives: *string, *int, *Size or *time.Duration
	check func(string) error
}

// Env is the environment variable of the key: SKALD_LOG_LEVEL for log.level.
func (k Key) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

const envPrefix = "SKALD_"

// Keys is the one table of everything that can be set, in the order in which it is documented.
func Keys() []Key { return keys }

var keys = []Key{
	{
		Name: "store", Flag: "--store", Type: "URL", Default: "sqlite:skald.db", Secret: true,
		Doc: "Where histories are kept: `sqlite:FILE`, `postgres://USER:PASSWORD@HOST/DATABASE` (its parameter " +
			"`skald_schema` names the schema, default `skald`) or `memory:` (forgotten when the process ends).",
		field: func(c *Config) any { return &c.Store },
	},
	{
		Name: "broker", Flag: "--broker", Type: "URL", Default: "inproc:", Secret: true,
		Doc: "What carries messages: `inproc:` (within this process) or `redis://HOST:PORT/DB` (Redis Streams; " +
			"`rediss://` with TLS).",
		field: func(c *Config) any { return &c.Broker },
	},
	{
		Name: "broker.redis.transport", Type: "skald, watermill-redisstream", Default: "skald",
		Doc: "What reads Redis Streams: Skald's own transport, which reads in batches and trims, or the library, one " +
			"message at a time. All processes may choose for themselves.",
		field: func(c *Config) any { return &c.Redis.Transport }, check: oneOf("skald", "watermill-redisstream"),
	},
	{
		Name: "broker.redis.trim", Type: "duration", Default: "5s",
		Doc: "How often the streams that a process reads are relieved of the entries that all their consumer groups have " +
			"acknowledged. 0s never does, and the streams grow without bound. Only with the transport `skald`.",
		field: func(c *Config) any { return &c.Redis.Trim }, check: notNegative,
	},
	{
		Name: "lanes", Type: "1 to 1024", Default: "16",
		Doc: "Lanes of a store that is created now: the parts of the log that are written and read side by side. A store " +
			"that exists keeps the number it was created with.",
		field: func(c *Config) any { return &c.Lanes }, check: between(1, 1024),
	},
	{
		Name: "listen", Flag: "--listen", Type: "HOST:PORT", Default: "127.0.0.1:8080",
		Doc: "Where `serve` and `demo` offer the API. Only loopback addresses are accepted, because the API asks " +
			"nobody for a password yet. Port 0 takes a free one.",
		field: func(c *Config) any { return &c.Listen },
	},
	{
		Name: "server", Flag: "--server", Type: "URL", Default: "http://127.0.0.1:8080", Secret: true,
		Doc:   "The server that the other commands talk to.",
		field: func(c *Config) any { return &c.Server },
	},
	{
		Name: "definitions", Flag: "--definitions", Type: "directory", Default: "",
		Doc: "Definitions (`*.yaml`, `*.yml`, `*.json`) that `serve` publishes when it starts. Empty: none beside those " +
			"the store holds already.",
		field: func(c *Config) any { return &c.Definitions },
	},
	{
		Name: "log.level", Flag: "--log-level", Type: "debug, info, warn, error", Default: "info",
		Doc:   "The least important lines that are still written.",
		field: func(c *Config) any { return &c.Log.Level }, check: oneOf("debug", "info", "warn", "error"),
	},
	{
		Name: "log.format", Flag: "--log-format", Type: "text, json", Default: "text",
		Doc:   "The form of a line. Lines go to standard error.",
		field: func(c *Config) any { return &c.Log.Format }, check: oneOf("text", "json"),
	},
	{
		Name: "connect.wait", Type: "duration", Default: "60s",
		Doc: "How long a starting process waits for its store and its broker; each failed try is one line in the log. " +
			"0s tries once.",
		field: func(c *Config) any { return &c.Connect.Wait }, check: notNegative,
	},
	{
		Name: "shutdown.deadline", Type: "duration", Default: "15s",
		Doc: "How long work under way may take to finish after a stop signal. What is cut short then is taken up again at " +
			"the next start; nothing is lost.",
		field: func(c *Config) any { return &c.Shutdown.Deadline }, check: positive,
	},
	{
		Name: "http.max_body", Type: "size", Default: "1MiB",
		Doc:   "The largest request the API reads, in B, KiB or MiB.",
		field: func(c *Config) any { return &c.HTTP.MaxBody },
	},
	{
		Name: "http.timeout", Type: "duration", Default: "30s",
		Doc: "How long one request to the API may take, waiting for a saga's end included (a client that waits longer asks " +
			"again).",
		field: func(c *Config) any { return &c.HTTP.Timeout }, check: positive,
	},
	{
		Name: "engine.max_batch", Type: "count", Default: "1024",
		Doc:   "The most inputs that share one transaction.",
		field: func(c *Config) any { return &c.Engine.MaxBatch }, check: between(1, 1<<20),
	},
	{
		Name: "engine.queue_length", Type: "count", Default: "4096",
		Doc:   "How many inputs may wait for their transaction; starts beyond that are refused with \"try again\".",
		field: func(c *Config) any { return &c.Engine.QueueLength }, check: between(1, 1<<24),
	},
	{
		Name: "engine.cache_size", Type: "count", Default: "65536",
		Doc:   "How many open sagas are kept in memory between their events, a few kilobytes each.",
		field: func(c *Config) any { return &c.Engine.CacheSize }, check: between(1, 1<<28),
	},
	{
		Name: "engine.scan_interval", Type: "duration", Default: "5s",
		Doc: "How often the store is asked for sagas with something due that no process here knows of (after another " +
			"process ended).",
		field: func(c *Config) any { return &c.Engine.ScanInterval }, check: positive,
	},
}

// lookup finds a key by name.
func lookup(name string) (Key, bool) {
	for _, key := range keys {
		if key.Name == name {
			return key, true
		}
	}
	return Key{}, false
}
