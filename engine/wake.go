package engine

import (
	"context"
	"time"

	"github.com/skald-go/skald/domain"
)

// Sagas are woken in groups of wakeBatch; of probeBatch while it is not known whether the broker is back.
const (
	wakeBatch  = 256
	probeBatch = 16
)

// runAlarms wakes sagas when their time has come, until ctx ends.
func (e *Engine) runAlarms(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		for e.wakeDue(ctx) {
		}
		if at, ok := e.alarms.next(); ok {
			timer.Reset(at.Sub(e.config.Now()))
		}
		select {
		case <-timer.C:
		case <-e.alarms.changed:
		case <-ctx.Done():
			return
		}
	}
}

// wakeDue wakes what is due now, up to a group, and reports whether there may be more. Each wake goes through the queue
// like any input. It reads the history anew, so it is right whoever has written to the saga, and harmless when two
// processes wake it at once.
func (e *Engine) wakeDue(ctx context.Context) (more bool) {
	limit, probing := wakeBatch, !e.sender.pausedUntil().IsZero()
	if probing {
		limit = probeBatch
	}
	due := e.alarms.pop(e.now(), limit)
	var waiting []*submission
	for _, a := range due {
		if e.postponed(a) {
			continue
		}
		s := &submission{
			saga:     a.saga,
			trigger:  domain.Tick{},
			wake:     &wake{after: a.last, unsentFrom: a.unsentFrom},
			mustRead: true,
			done:     make(chan struct{}),
		}
		if e.enqueue(ctx, s, 0) != nil {
			return false
		}
		waiting = append(waiting, s)
	}
	e.config.Observer.Woken(len(waiting))
	if probing {
		e.await(waiting)
	}
	return len(due) == limit
}

// postponed puts an alarm that is only about sending off while the broker is known to be away.
func (e *Engine) postponed(a alarm) bool {
	now, pause := e.now(), e.sender.pausedUntil()
	if a.unsentAt.IsZero() || !now.Before(pause) || !a.due.IsZero() && !a.due.After(now) {
		return false
	}
	e.alarms.set(a.saga, a.due, a.last)
	e.alarms.noteUnsent(a.saga, a.unsentFrom, pause)
	return true
}

func (e *Engine) await(waiting []*submission) {
	for _, s := range waiting {
		select {
		case <-s.done:
		case <-e.stopping:
			return
		}
	}
}
