package backend

import (
	"context"
	"log/slog"
	"time"

	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
	"github.com/skald-go/skald/router/redis"
)

// BrokerOptions say how a broker is opened.
type BrokerOptions struct {
	Logger *slog.Logger
	// Drain is how long a closing subscription waits for what is in flight; 0 means the driver's default.
	Drain time.Duration
}

// OpenBroker opens a broker; it fails when its server does not answer.
func OpenBroker(ctx context.Context, a Address, o BrokerOptions) (router.Broker, error) {
	switch a.Kind {
	case InProc:
		return inproc.New(inproc.Options{Logger: o.Logger, DrainTimeout: o.Drain}), nil
	case Redis:
		return redis.Open(ctx, a.Target, redis.Options{Logger: o.Logger, DrainTimeout: o.Drain})
	}
	return nil, &AddressError{"broker: " + a.String() + " is a store; use inproc: or redis://HOST:PORT/DB"}
}
