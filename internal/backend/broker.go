package backend

import (
	"context"
	"log/slog"
	"time"

	"github.com/skald-go/skald/internal/config"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
	"github.com/skald-go/skald/router/redis"
)

// BrokerOptions say how a broker is opened.
type BrokerOptions struct {
	Logger *slog.Logger
	// Drain is how long a closing subscription waits for what is in flight; 0 means the driver's default.
	Drain time.Duration
	// Redis is for a broker of that kind; it does not matter to others.
	Redis RedisOptions
}

// RedisOptions say how Redis Streams are read. The zero value means the driver's defaults.
type RedisOptions struct {
	Transport string
	// Trim is how often acknowledged entries are removed; negative means never.
	Trim time.Duration
}

// RedisOptionsOf is what a configuration says, where 0 means never.
func RedisOptionsOf(c config.Redis) RedisOptions {
	if c.Trim == 0 {
		c.Trim = -1
	}
	return RedisOptions{Transport: c.Transport, Trim: c.Trim}
}

// OpenBroker opens a broker; it fails when its server does not answer.
func OpenBroker(ctx context.Context, a Address, o BrokerOptions) (router.Broker, error) {
	switch a.Kind {
	case InProc:
		return inproc.New(inproc.Options{Logger: o.Logger, DrainTimeout: o.Drain}), nil
	case Redis:
		return redis.Open(ctx, a.Target, redis.Options{
			Logger: o.Logger, DrainTimeout: o.Drain,
			Transport: redis.Transport(o.Redis.Transport), TrimEvery: o.Redis.Trim,
		})
	}
	return nil, &AddressError{"broker: " + a.String() + " is a store; use inproc: or redis://HOST:PORT/DB"}
}
