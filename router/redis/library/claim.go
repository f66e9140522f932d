package library

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/router/redis/internal/server"
)

// XPendingExt finds what may be claimed: entries that have been idle for long enough, and, at the first call, whatever
// a consumer of this name left. Errors are swallowed, since the library asks again in a second.
func (l *link) XPendingExt(ctx context.Context, a *redis.XPendingExtArgs) *redis.XPendingExtCmd {
	pending, err := l.server.Client.XPendingExt(ctx, a).Result()
	if err == nil && !l.looked {
		var inherited []redis.XPendingExt
		if inherited, err = l.inherit(ctx, a.Count); err == nil {
			l.looked = true
			pending = append(inherited, pending...)
		}
	}
	result := redis.NewXPendingExtCmd(ctx)
	if err != nil {
		if !server.GroupIsGone(err) { // that is repaired by the read
			l.server.Outage.Note(err)
		}
		return result
	}
	result.SetVal(l.claimable(pending))
	return result
}

// inherit lists what this consumer left, looking idle enough for the library to claim it.
func (l *link) inherit(ctx context.Context, limit int64) ([]redis.XPendingExt, error) {
	own, err := l.server.Client.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: l.source.Stream, Group: l.source.Group, Start: "-", End: "+", Count: limit, Consumer: l.consumer,
	}).Result()
	for i := range own {
		l.inherited[own[i].ID] = true
		own[i].Idle = l.takeOver
	}
	return own, err
}

// claimable leaves out what is being handled here (a process that stood still finds its own entries idle) and what is
// listed twice, and notes how often each entry was delivered.
func (l *link) claimable(pending []redis.XPendingExt) []redis.XPendingExt {
	clear(l.delivered)
	kept := pending[:0]
	for _, p := range pending {
		if _, twice := l.delivered[p.ID]; twice || l.leases.has(p.ID) {
			continue
		}
		l.delivered[p.ID] = int(p.RetryCount)
		kept = append(kept, p)
	}
	return kept
}

// XClaim takes entries over.
func (l *link) XClaim(ctx context.Context, a *redis.XClaimArgs) *redis.XMessageSliceCmd {
	args := *a
	for _, id := range a.Messages {
		if l.inherited[id] {
			args.MinIdle = 0
			delete(l.inherited, id)
		}
	}
	at := time.Now()
	messages, err := l.server.Client.XClaim(ctx, &args).Result()
	if err != nil {
		if !errors.Is(err, redis.Nil) && !server.GroupIsGone(err) {
			l.server.Outage.Note(err)
		}
		return redis.NewXMessageSliceCmdResult(nil, nil)
	}
	for i := range messages {
		l.deliver(&messages[i], l.delivered[messages[i].ID]+1, at)
	}
	return redis.NewXMessageSliceCmdResult(messages, nil)
}

// XGroupDelConsumer removes a consumer that is gone, if it really is.
func (l *link) XGroupDelConsumer(ctx context.Context, stream, group, consumer string) *redis.IntCmd {
	return redis.NewIntResult(l.server.ForgetConsumers(ctx, server.Source{Stream: stream, Group: group}, consumer, server.ConsumerTimeout))
}
