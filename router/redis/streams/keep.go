package streams

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/redis/internal/server"
)

// renewLeases sets back the idle time of everything that is being handled, all in one round trip. It claims the
// consumers' own entries, which counts as no delivery (JUSTID).
func (t *Transport) renewLeases() {
	t.renewing.Lock()
	defer t.renewing.Unlock()
	type renewal struct {
		window *window
		ids    []string
		cmd    *redis.Cmd
	}
	var renewals []renewal
	at := time.Now()
	pipe := t.server.Client.Pipeline()
	for _, s := range t.subscriptions.All() {
		ids := s.window.renewable(at, t.options.TakeOver)
		if len(ids) == 0 {
			continue
		}
		args := []any{"XCLAIM", s.source.Stream, s.source.Group, s.consumer, 0}
		for i := range ids {
			args = append(args, &ids[i])
		}
		renewals = append(renewals, renewal{s.window, ids, pipe.Do(t.ctx, append(args, "JUSTID")...)})
	}
	if len(renewals) == 0 {
		return
	}
	_, _ = pipe.Exec(t.ctx)
	for _, r := range renewals {
		if err := r.cmd.Err(); err == nil {
			r.window.renewed(r.ids, at)
		} else if !server.GroupIsGone(err) { // that is repaired by the next read
			t.server.Outage.Note(err)
		}
	}
}

// forgetConsumers removes the dead consumers of the groups that are read here.
func (t *Transport) forgetConsumers() {
	done := map[server.Source]bool{}
	for _, s := range t.subscriptions.All() {
		if done[s.source] {
			continue
		}
		done[s.source] = true
		if n, err := t.server.ForgetConsumers(t.ctx, s.source, "", server.ConsumerTimeout); err == nil && n > 0 {
			t.server.Log.Debug("consumers without entries were forgotten",
				telemetry.FieldStream, s.source.Stream, "group", s.source.Group, telemetry.FieldCount, n)
		}
	}
}

// trimAtOnce bounds how many entries one call removes: Redis does nothing else meanwhile.
const trimAtOnce = 10_000

// trimAcknowledged removes the entries that every group of the stream has acknowledged, and returns how many were
// removed if there may be more. In one step: between two, a group could be made that begins with them. The last entry
// that a group was given stays.
//
// Removing whole nodes of the stream (~) may be bounded, the rest may not; so nodes go first, and the rest when no whole
// node is left. Ids are compared as text of the same length, as Lua's numbers do not hold all of them.
var trimAcknowledged = redis.NewScript(`
local function less(a, b) if #a ~= #b then return #a < #b end return a < b end
local function before(a, b)
  local a1, a2 = string.match(a, '(%d+)-(%d+)')
  local b1, b2 = string.match(b, '(%d+)-(%d+)')
  if a1 ~= b1 then return less(a1, b1) end
  return less(a2, b2)
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local oldest
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local is = {}
  for i = 1, #group, 2 do is[group[i]] = group[i + 1] end
  local needs = is['last-delivered-id']
  if is['pending'] > 0 then
    local first = redis.call('XPENDING', KEYS[1], is['name'])[2]
    if before(first, needs) then needs = first end
  end
  if not oldest or before(needs, oldest) then oldest = needs end
end
if not oldest then return 0 end
local removed = redis.call('XTRIM', KEYS[1], 'MINID', '~', oldest, 'LIMIT', ARGV[1])
if removed == 0 then redis.call('XTRIM', KEYS[1], 'MINID', '=', oldest) end
return removed`)

// trim removes what is acknowledged from the streams that are read here.
func (t *Transport) trim() {
	done := map[string]bool{}
	for _, s := range t.subscriptions.All() {
		if s.keeps || done[s.source.Stream] {
			continue
		}
		done[s.source.Stream] = true
		for more := true; more && t.ctx.Err() == nil; {
			removed, err := trimAcknowledged.Run(t.ctx, t.server.Client, []string{s.source.Stream}, trimAtOnce).Int64()
			if err != nil && !server.IsNoStream(err) {
				t.server.Outage.Note(err)
			}
			more = err == nil && removed > 0
		}
	}
}
