package redis

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// XPendingExt finds what may be claimed: entries that have been idle for long enough, and, at the first call, whatever
// a consumer of this name left. Errors are swallowed, since the library asks again in a second.
func (l *link) XPendingExt(ctx context.Context, a *redis.XPendingExtArgs) *redis.XPendingExtCmd {
	pending, err := l.shared.XPendingExt(ctx, a).Result()
	if err == nil && !l.looked {
		var inherited []redis.XPendingExt
		if inherited, err = l.inherit(ctx, a.Count); err == nil {
			l.looked = true
			pending = append(inherited, pending...)
		}
	}
	result := redis.NewXPendingExtCmd(ctx)
	if err != nil {
		if !groupIsGone(err) { // that is repaired by the read
			l.outage.note(err)
		}
		return result
	}
	result.SetVal(l.claimable(pending))
	return result
}

// inherit lists what this consumer left, looking idle enough for the library to claim it.
func (l *link) inherit(ctx context.Context, limit int64) ([]redis.XPendingExt, error) {
	own, err := l.shared.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: l.source.stream, Group: l.source.group, Start: "-", End: "+", Count: limit, Consumer: l.consumer,
	}).Result()
	for i := range own {
		l.inherited[own[i].ID] = true
		own[i].Idle = l.options.TakeOver
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
	messages, err := l.shared.XClaim(ctx, &args).Result()
	if err != nil {
		if !errors.Is(err, redis.Nil) && !groupIsGone(err) {
			l.outage.note(err)
		}
		return redis.NewXMessageSliceCmdResult(nil, nil)
	}
	for i := range messages {
		l.deliver(&messages[i], l.delivered[messages[i].ID]+1, at)
	}
	return redis.NewXMessageSliceCmdResult(messages, nil)
}

// release lets the other consumers have at once what this one leaves unfinished: it makes the entries look long idle.
// When it does not succeed they follow after TakeOver.
func (l *link) release(ctx context.Context) error {
	for {
		pending, err := l.shared.XPendingExt(ctx, &redis.XPendingExtArgs{
			Stream: l.source.stream, Group: l.source.group, Start: "-", End: "+", Count: 1000, Consumer: l.consumer,
		}).Result()
		if err != nil || len(pending) == 0 {
			if groupIsGone(err) {
				return nil
			}
			return err
		}
		args := []any{"XCLAIM", l.source.stream, l.source.group, l.consumer, 0}
		fresh := 0
		for _, p := range pending {
			if p.Idle < l.options.TakeOver {
				args = append(args, p.ID)
				fresh++
			}
		}
		if fresh == 0 {
			return nil
		}
		idle := (24 * time.Hour).Milliseconds()
		if err := l.shared.Do(ctx, append(args, "IDLE", idle, "JUSTID")...).Err(); err != nil {
			return err
		}
	}
}

// forgetConsumer removes a consumer that has nothing pending and has not been seen for the given time (milliseconds).
// In one step: between two, an entry could be given to it, and would be lost with it.
var forgetConsumer = redis.NewScript(`
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local is = {}
  for i = 1, #consumer, 2 do is[consumer[i]] = consumer[i + 1] end
  if is['name'] == ARGV[2] and is['pending'] == 0 and is['idle'] >= tonumber(ARGV[3]) then
    return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
  end
end
return 0`)

// consumerTimeout is how long a consumer without entries is remembered after it was last seen.
const consumerTimeout = 10 * time.Minute

// XGroupDelConsumer removes a consumer that is gone, if it really is.
func (l *link) XGroupDelConsumer(ctx context.Context, stream, group, consumer string) *redis.IntCmd {
	n, err := forgetConsumer.Run(ctx, l.shared, []string{stream}, group, consumer, consumerTimeout.Milliseconds()).Int64()
	return redis.NewIntResult(n, err)
}
