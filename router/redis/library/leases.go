package library

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/router/redis/internal/server"
)

// leases are the entries that one consumer was given and has not acknowledged. Redis counts how long each has been
// idle; an entry idle for Options.TakeOver may be claimed by anybody, so the count is set back while the handler works.
type leases struct {
	mu      sync.Mutex
	held    map[string]time.Time // entry id -> last moment at which it was certainly ours
	changed chan struct{}        // closed, and made anew, when an entry is given up
}

func newLeases() *leases {
	return &leases{held: map[string]time.Time{}, changed: make(chan struct{})}
}

func (l *leases) take(id string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[id] = at
}

func (l *leases) giveUp(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.held[id]; !ok {
		return
	}
	delete(l.held, id)
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *leases) has(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.held[id]
	return ok
}

// awaitNone waits until nothing is held; it reports false when the time is over or ctx ended first.
func (l *leases) awaitNone(ctx context.Context, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	return l.await(ctx, timer.C, func() bool { return len(l.held) == 0 })
}

// awaitGivenUp waits until the entry is not held any more, which is when the server has taken its acknowledgement.
func (l *leases) awaitGivenUp(ctx context.Context, id string) bool {
	return l.await(ctx, nil, func() bool { _, ok := l.held[id]; return !ok })
}

func (l *leases) await(ctx context.Context, limit <-chan time.Time, so func() bool) bool {
	for {
		l.mu.Lock()
		is, changed := so(), l.changed
		l.mu.Unlock()
		if is {
			return true
		}
		select {
		case <-changed:
		case <-limit:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// renewable are the entries that are still certainly ours. One that was not renewed in time (the process stood still)
// may belong to somebody else by now, and is not taken back.
func (l *leases) renewable(takeOver time.Duration) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make([]string, 0, len(l.held))
	for id, at := range l.held {
		if time.Since(at) < takeOver {
			ids = append(ids, id)
		}
	}
	return ids
}

func (l *leases) renewed(ids []string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if _, ok := l.held[id]; ok {
			l.held[id] = at
		}
	}
}

// renewLeases sets back the idle time of everything that is being handled, three times within TakeOver.
func (t *Transport) renewLeases(ctx context.Context) {
	ticker := time.NewTicker(t.options.TakeOver / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		for _, l := range t.links() {
			if err := l.renew(ctx); err != nil {
				t.server.Outage.Note(err)
				break // the others fare no better; the next round is near
			}
		}
	}
}

func (t *Transport) links() []*link {
	var links []*link
	for _, s := range t.subscriptions.All() {
		links = append(links, s.links...)
	}
	return links
}

// renew claims the consumer's own entries, which counts as no delivery (JUSTID).
func (l *link) renew(ctx context.Context) error {
	ids := l.leases.renewable(l.takeOver)
	if len(ids) == 0 {
		return nil
	}
	at := time.Now()
	err := l.server.Client.XClaimJustID(ctx, &redis.XClaimArgs{
		Stream: l.source.Stream, Group: l.source.Group, Consumer: l.consumer, Messages: ids,
	}).Err()
	if err == nil {
		l.leases.renewed(ids, at)
	}
	if server.GroupIsGone(err) {
		return nil // the next read makes it anew
	}
	return err
}
