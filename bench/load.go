package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/examples/order"
)

// patience is how long one saga may take before the run is given up.
const patience = 30 * time.Second

// load drives a closed loop: a number of goroutines that each start a saga and wait for its end.
type load struct {
	system   *system
	failAt   string
	want     domain.Status
	inFlight int
	started  atomic.Int64
}

// timing is how long a run of sagas took, one by one and in all.
type timing struct {
	each  []time.Duration
	total time.Duration
}

func (l *load) run(ctx context.Context, sagas int) (timing, error) {
	t := timing{each: make([]time.Duration, sagas)}
	var (
		next   atomic.Int64
		wg     sync.WaitGroup
		failed = make(chan error, l.inFlight)
	)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	for range l.inFlight {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(sagas); i = next.Add(1) - 1 {
				begin := time.Now()
				if err := l.one(ctx); err != nil {
					failed <- err
					cancel()
					return
				}
				t.each[i] = time.Since(begin)
			}
		})
	}
	wg.Wait()
	t.total = time.Since(began)
	select {
	case err := <-failed:
		return t, err
	default:
		return t, nil
	}
}

// one runs one saga to its end and says whether it is the end that was to come.
func (l *load) one(ctx context.Context) error {
	n := l.started.Add(1)
	correlationID := fmt.Sprintf("order-%d", n)
	input := fmt.Appendf(nil, `{"item":"lamp-%d","quantity":2,"amount":4200`, n)
	if l.failAt != "" {
		input = fmt.Appendf(input, `,"fail_at":%q`, l.failAt)
	}
	input = append(input, '}')
	ended := l.system.endings.expect(correlationID)
	_, err := l.system.engine.Start(ctx, engine.StartRequest{
		Definition: order.Name, CorrelationID: correlationID, Input: input, ReplyStream: endingStream, EventType: "order:start",
	})
	for errors.Is(err, engine.ErrOverloaded) {
		_, err = l.system.engine.Start(ctx, engine.StartRequest{
			Definition: order.Name, CorrelationID: correlationID, Input: input, ReplyStream: endingStream, EventType: "order:start",
		})
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", correlationID, err)
	}
	select {
	case status := <-ended:
		if want := replyOf(l.want); status != want {
			return fmt.Errorf("%s ended with %q, wanted %q", correlationID, status, want)
		}
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s has not ended after %s", correlationID, patience)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// replyOf is what a saga that ends in the given status tells its caller.
func replyOf(s domain.Status) domain.ReplyStatus {
	if s == domain.Completed {
		return domain.ReplyCompleted
	}
	return domain.ReplyFailed
}
