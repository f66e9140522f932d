// Package config holds everything that can be set about Skald, in one place. A value comes from, in rising order: its
// default, a YAML file, an environment variable SKALD_…, a flag. The table in keys.go documents every key; the page
// docs/configuration.md and `skald config --help` are made from it.
package config

import "time"

// Config is the effective configuration. Each field is one key of the table in keys.go, which says its meaning, unit and
// default.
type Config struct {
	Store       string
	Broker      string
	Lanes       int
	Listen      string
	Server      string
	Definitions string

	Redis    Redis
	Log      Log
	Connect  Connect
	Shutdown Shutdown
	HTTP     HTTP
	Engine   Engine

	origins map[string]string // key name -> where its value came from
}

// Redis says how Redis Streams are read.
type Redis struct {
	Transport string
	Trim      time.Duration
}

// Log says how lines are written.
type Log struct {
	Level  string
	Format string
}

// Connect says how long store and broker are waited for.
type Connect struct{ Wait time.Duration }

// Shutdown says how long a graceful stop may take.
type Shutdown struct{ Deadline time.Duration }

// HTTP bounds the API.
type HTTP struct {
	MaxBody Size
	Timeout time.Duration
}

// Engine sizes the engine.
type Engine struct {
	MaxBatch     int
	QueueLength  int
	CacheSize    int
	ScanInterval time.Duration
}

// Default is the configuration when nothing is set.
func Default() Config {
	c := Config{origins: map[string]string{}}
	for _, key := range Keys() {
		if err := key.set(&c, key.Default); err != nil {
			panic("config: the default of " + key.Name + " is refused by its own rule: " + err.Error())
		}
		c.origins[key.Name] = OriginDefault
	}
	return c
}

// OriginDefault is the origin of a value that nobody set.
const OriginDefault = "default"

// OriginFlag is the origin of a value given on the command line.
const OriginFlag = "flag"

// Origin says where the value of a key came from: OriginDefault, "file NAME", "environment NAME" or OriginFlag.
func (c Config) Origin(key string) string { return c.origins[key] }

// Value is a key's effective value as text, without secrets.
func (c Config) Value(key Key) string {
	text := key.get(&c)
	if key.Secret {
		return Redact(text)
	}
	return text
}
