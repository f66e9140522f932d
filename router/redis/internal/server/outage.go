package server

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/internal/telemetry"
)

// Outage makes one line of the many errors that a server which is away causes, and one when it is back.
type Outage struct {
	log *slog.Logger

	mu    sync.Mutex
	since time.Time // zero: the server answers
}

// Note hears an error of the server or of the way to it.
func (o *Outage) Note(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, redis.ErrClosed) {
		return // this side is closing
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		o.since = time.Now()
		o.log.Warn("redis does not serve; waiting for it", telemetry.FieldError, err.Error())
	}
}

// Over hears that the server answered.
func (o *Outage) Over() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.since.IsZero() {
		o.log.Info("redis is back", telemetry.FieldElapsed, time.Since(o.since).Round(time.Millisecond))
		o.since = time.Time{}
	}
}
