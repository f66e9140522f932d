// Package supervise runs a Watermill router so that its end always means something: Watermill's Run returns nil both
// when it was asked to stop and when all its subscriptions died.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
)

// ErrEnded says that subscriptions ended though nobody asked them to.
var ErrEnded = errors.New("a subscription ended by itself; the broker was closed, or its connection is gone for good")

// NewRouter makes a Watermill router that waits up to closeTimeout for handlers at work when it stops. Its chatter goes
// to debug.
func NewRouter(logger *slog.Logger, closeTimeout time.Duration) (*message.Router, error) {
	return message.NewRouter(message.RouterConfig{CloseTimeout: closeTimeout}, LoggerOf(logger))
}

// LoggerOf is logger behind Watermill's interface, with what Watermill takes for information at debug level.
func LoggerOf(logger *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(logger, map[slog.Level]slog.Level{
		slog.LevelInfo:  slog.LevelDebug,
		slog.LevelError: slog.LevelWarn,
	})
}

// Run runs r until ctx ends and then lets the handlers at work finish; it returns nil after that. It returns an error
// when r cannot start, when the handlers do not finish in time, or when any of them stops before ctx has ended
// (ErrEnded). handlers are those whose end is watched. When r cannot start, a goroutine of Watermill stays behind: the
// process is expected to end.
func Run(ctx context.Context, r *message.Router, handlers []*message.Handler) error {
	ended := make(chan error, 1)
	// Watermill gets a context of its own: it would cut handlers short when ctx ends, instead of closing in order.
	go func() { ended <- r.Run(context.WithoutCancel(ctx)) }()

	select {
	case <-r.Running():
	case err := <-ended:
		return fmt.Errorf("start router: %w", orEnded(err))
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	died := make(chan struct{}, len(handlers))
	for _, h := range handlers {
		go func() {
			select {
			case <-h.Stopped():
				died <- struct{}{}
			case <-watching.Done():
			}
		}()
	}
	var cause error
	select {
	case <-ctx.Done():
	case <-died:
		if ctx.Err() == nil {
			cause = ErrEnded
		}
	case err := <-ended:
		return orEnded(err)
	}
	err := r.Close()
	if runErr := <-ended; err == nil {
		err = runErr
	}
	return errors.Join(cause, err)
}

func orEnded(err error) error {
	if err != nil {
		return err
	}
	return ErrEnded
}
