package router

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
)

// Engine is what the router needs of the engine. Both methods return when what follows from the call is durable. A
// *domain.RefusedError and engine.ErrNoSaga are permanent; after any other error the call may be repeated.
type Engine interface {
	Start(ctx context.Context, request engine.StartRequest) (engine.StartResult, error)
	Reply(ctx context.Context, reply domain.Envelope, causationID string) error
}

// Store is what the router needs of the event store.
type Store interface {
	LetterStore
	// Lanes is the number of lanes; each has a reply stream.
	Lanes() int
}

// Config is what a Router is made of. Broker, Engine and Store are required.
type Config struct {
	Broker Broker
	Engine Engine
	Store  Store
	// Definitions are those whose start streams are listened to. Of several versions of one name only the newest
	// counts; it is that version of the start that is known, while the engine starts the newest one published.
	Definitions []domain.Definition

	// StartsInFlight is how many starts of one stream are under way at once. Default 64. (With the
	// watermill-redisstream transport each costs a connection, so that broker takes fewer.)
	StartsInFlight int
	// MaxDeliveries is how often a message that fails for no known reason is delivered before it is set aside. Default
	// middleware.DefaultMaxDeliveries.
	MaxDeliveries int
	// CloseTimeout is how long Run waits for handlers at work when it stops. Default 35 s, a little longer than brokers
	// drain.
	CloseTimeout time.Duration
	// Logger; nil means silence.
	Logger *slog.Logger
	// Tracer makes spans; nil means the process's global provider.
	Tracer trace.TracerProvider
	// Now is the clock of dead letters; nil means time.Now.
	Now func() time.Time
}

// withDefaults is c with every field set, or an error that names every one that must be and is not.
func (c Config) withDefaults() (Config, error) {
	var missing []error
	if c.Broker == nil {
		missing = append(missing, errors.New("router: Config.Broker is required"))
	}
	if c.Engine == nil {
		missing = append(missing, errors.New("router: Config.Engine is required"))
	}
	if c.Store == nil {
		missing = append(missing, errors.New("router: Config.Store is required"))
	}
	if c.StartsInFlight <= 0 {
		c.StartsInFlight = 64
	}
	if c.CloseTimeout <= 0 {
		c.CloseTimeout = 35 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, errors.Join(missing...)
}
