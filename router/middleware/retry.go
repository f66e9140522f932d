package middleware

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
)

// Retry calls the handler again, in place, when it failed for a passing reason (IsTransient). Messages of the same saga
// wait meanwhile, so it is for hiccups; a longer outage is left to redelivery.
type Retry struct {
	// Policy says how often and at which distance. The zero value stands for 4 attempts after 50, 100 and 200 ms, each
	// wait shortened by up to half at random.
	Policy domain.RetryPolicy
	// Random yields numbers in [0,1); nil means math/rand/v2.
	Random func() float64
	// Logger hears about each further attempt; nil means silence.
	Logger *slog.Logger
}

// Middleware implements message.HandlerMiddleware. A message whose context ends is not tried again.
func (r Retry) Middleware(next message.HandlerFunc) message.HandlerFunc {
	r = r.withDefaults()
	return func(m *message.Message) ([]*message.Message, error) {
		ctx := m.Context()
		for attempt := 1; ; attempt++ {
			produced, err := next(m)
			if err == nil || !IsTransient(err) {
				return produced, err
			}
			wait, again := r.Policy.Delay(attempt, r.Random())
			if !again || !Sleep(ctx, wait) {
				return nil, err
			}
			r.Logger.DebugContext(ctx, "trying a message again", telemetry.FieldAttempt, attempt+1,
				telemetry.FieldWait, wait, telemetry.FieldError, err)
		}
	}
}

func (r Retry) withDefaults() Retry {
	if r.Policy == (domain.RetryPolicy{}) {
		half := 0.5
		r.Policy = domain.RetryPolicy{First: domain.Duration(50 * time.Millisecond), Attempts: 4, Jitter: &half}
	}
	r.Policy = r.Policy.WithDefaults()
	if r.Random == nil {
		r.Random = rand.Float64
	}
	if r.Logger == nil {
		r.Logger = slog.New(slog.DiscardHandler)
	}
	return r
}

// Sleep waits for d; it reports false when ctx ended before or meanwhile.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
