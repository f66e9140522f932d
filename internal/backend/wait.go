package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/skald-go/skald/internal/telemetry"
)

// The pace of tries: short at first, since the other server is often just starting too.
const (
	firstWait   = 250 * time.Millisecond
	longestWait = 5 * time.Second
	tryLimit    = 10 * time.Second // of one try
)

// UnreachableError says that a server was waited for in vain.
type UnreachableError struct {
	What   string // such as "store postgres://db/skald"
	Waited time.Duration
	Err    error // of the last try
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s is not reachable after %s: %v; start it, or correct its URL", e.What, e.Waited.Round(time.Millisecond), e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Wait calls try until it succeeds, and returns what try returned. It gives up at the limit with an *UnreachableError,
// at once when try's error is an *AddressError, and when ctx ends. Each failed try is one line in the
// log. try is called at least once.
func Wait[T any](ctx context.Context, log *slog.Logger, what string, limit time.Duration, try func(context.Context) (T, error)) (T, error) {
	begun, wait := time.Now(), firstWait
	for attempt := 1; ; attempt++ {
		got, err := tryOnce(ctx, try)
		if err == nil {
			if attempt > 1 {
				log.InfoContext(ctx, what+" is there", telemetry.FieldAttempt, attempt)
			}
			return got, nil
		}
		if ctx.Err() != nil {
			return got, fmt.Errorf("stopped while waiting for %s: %w", what, context.Cause(ctx))
		}
		if wrong := (*AddressError)(nil); errors.As(err, &wrong) {
			return got, err
		}
		left := limit - time.Since(begun)
		if left <= 0 {
			return got, &UnreachableError{What: what, Waited: time.Since(begun), Err: err}
		}
		wait = min(wait, left)
		log.WarnContext(ctx, "waiting for "+what, telemetry.FieldAttempt, attempt, telemetry.FieldWait, wait,
			telemetry.FieldError, err.Error())
		if !sleep(ctx, wait) {
			return got, fmt.Errorf("stopped while waiting for %s: %w", what, context.Cause(ctx))
		}
		wait = min(2*wait, longestWait)
	}
}

func tryOnce[T any](ctx context.Context, try func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	return try(ctx)
}

// sleep waits for d; it reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
