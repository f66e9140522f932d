package backend

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/router"
)

// ConnectStore opens a store and waits for its server up to the limit; see Wait for the errors.
func ConnectStore(ctx context.Context, log *slog.Logger, a Address, limit time.Duration, o StoreOptions) (eventstore.Store, error) {
	return Wait(ctx, log, "store "+a.String(), limit, func(ctx context.Context) (eventstore.Store, error) {
		store, err := OpenStore(ctx, a, o)
		if err != nil {
			return nil, err // a failed open may leave a typed nil behind
		}
		return store, nil
	})
}

// ConnectBroker opens a broker and waits for its server up to the limit; see Wait for the errors. The driver of Redis
// tries by itself until its context ends, with a line for each try; what it reports before that is final.
func ConnectBroker(ctx context.Context, log *slog.Logger, a Address, limit time.Duration, o BrokerOptions) (router.Broker, error) {
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, max(limit, shortestTry))
	defer cancel()
	broker, err := OpenBroker(limited, a, o)
	switch {
	case err == nil:
		return broker, nil
	case ctx.Err() != nil:
		return nil, errors.Join(context.Cause(ctx), err)
	case limited.Err() != nil:
		return nil, &UnreachableError{What: "broker " + a.String(), Waited: time.Since(begun), Err: err}
	}
	return nil, &AddressError{"broker " + a.String() + ": " + err.Error()}
}

// shortestTry is what a server is given to answer when nobody wants to wait for it.
const shortestTry = time.Second
