package server

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Release lets the other consumers of the group have at once what this one leaves unfinished: it makes the entries look
// long idle. When it does not succeed they follow after takeOver, the idle time from which entries are claimed.
func (s *Server) Release(ctx context.Context, at Source, consumer string, takeOver time.Duration) error {
	for {
		pending, err := s.Client.XPendingExt(ctx, &redis.XPendingExtArgs{
			Stream: at.Stream, Group: at.Group, Start: "-", End: "+", Count: 1000, Consumer: consumer,
		}).Result()
		if err != nil || len(pending) == 0 {
			if GroupIsGone(err) {
				return nil
			}
			return err
		}
		args := []any{"XCLAIM", at.Stream, at.Group, consumer, 0}
		fresh := 0
		for _, p := range pending {
			if p.Idle < takeOver {
				args = append(args, p.ID)
				fresh++
			}
		}
		if fresh == 0 {
			return nil
		}
		idle := (24 * time.Hour).Milliseconds()
		if err := s.Client.Do(ctx, append(args, "IDLE", idle, "JUSTID")...).Err(); err != nil {
			return err
		}
	}
}

// ConsumerTimeout is how long a consumer without entries is remembered after it was last seen.
const ConsumerTimeout = 10 * time.Minute

// forgetConsumers removes the consumers of a group that have nothing pending and have not been seen for the given time
// (milliseconds); when a name is given, that one only. In one step: between two, an entry could be given to a consumer,
// and would be lost with it.
var forgetConsumers = redis.NewScript(`
local forgotten = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local is = {}
  for i = 1, #consumer, 2 do is[consumer[i]] = consumer[i + 1] end
  if is['pending'] == 0 and is['idle'] >= tonumber(ARGV[2]) and (ARGV[3] == '' or ARGV[3] == is['name']) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], is['name'])
    forgotten = forgotten + 1
  end
end
return forgotten`)

// ForgetConsumers removes the consumers of the group that have not been seen for a time and left nothing: the one with
// the name, or, with "", all of them.
func (s *Server) ForgetConsumers(ctx context.Context, at Source, name string, unseen time.Duration) (forgotten int64, err error) {
	return forgetConsumers.Run(ctx, s.Client, []string{at.Stream}, at.Group, unseen.Milliseconds(), name).Int64()
}
