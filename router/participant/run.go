package participant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/middleware"
	"github.com/skald-go/skald/router/supervise"
)

// closeTimeout is how long Run waits for handlers at work. Brokers give up a little earlier and take the commands
// back, so that somebody else gets them.
const closeTimeout = 35 * time.Second

// Run handles commands until ctx ends; it then lets the handlers at work finish, answers for them, and returns nil. It
// returns an error when the handlers cannot be run as given (every fault is named), or when a subscription ends by
// itself. The broker stays open. logger nil means silence.
func Run(ctx context.Context, broker router.Broker, logger *slog.Logger, handlers ...Handler) error {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	desks, err := desksOf(handlers)
	if err != nil {
		return err
	}
	wires, err := supervise.NewRouter(logger, closeTimeout)
	if err != nil {
		return fmt.Errorf("make router: %w", err)
	}
	wires.AddMiddleware(
		middleware.Trace(nil),
		middleware.Correlation,
		middleware.DeadLetter{Sink: router.StreamSink{Broker: broker}, Logger: logger}.Middleware,
		middleware.Retry{Logger: logger}.Middleware,
		middleware.Recoverer,
	)
	subscriptions := make([]*message.Handler, 0, len(desks))
	for _, d := range desks {
		subscriber, err := broker.Subscriber(d.source.group, router.InFlight(d.concurrency))
		if err != nil {
			return fmt.Errorf("read %s: %w", d.source, err)
		}
		if err := router.EnsureGroup(subscriber, d.source.stream); err != nil {
			return fmt.Errorf("create group for %s: %w", d.source, err)
		}
		c := clerk{desk: d, broker: broker, log: logger}
		subscriptions = append(subscriptions,
			wires.AddConsumerHandler(d.source.String(), d.source.stream, subscriber, c.handle))
		logger.InfoContext(ctx, "handling commands", "stream", d.source.stream, "group", d.source.group,
			"event_types", d.eventTypes())
	}
	if err := supervise.Run(ctx, wires, subscriptions); err != nil {
		return errors.Join(errors.New("participant stopped"), err)
	}
	return nil
}
