package streams

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/router/middleware"
	"github.com/skald-go/skald/router/redis/internal/server"
)

// word is what the server is to be told about an entry: that it was acknowledged, or how often it was delivered.
type word struct {
	about      *subscription
	id         string
	deliveries int // 0: acknowledged
}

// errorPause is the pause after a call that failed.
const errorPause = 250 * time.Millisecond

// tell sends words in one round trip, all acknowledgements of a subscription in one command, and goes on trying while
// the server is away. A delivery count that could not be told is let go.
func (t *Transport) tell(batch []word) {
	counts, acks := sorted(batch)
	for first := true; len(counts) > 0 || len(acks) > 0; first = false {
		if !first && !middleware.Sleep(t.ctx, errorPause) {
			return // what the server does not know is delivered again, to whoever comes next
		}
		pipe := t.server.Client.Pipeline()
		sent := make(map[*subscription]*redis.Cmd, len(acks))
		for _, c := range counts {
			at := c.about.source
			pipe.Do(t.ctx, "XCLAIM", at.Stream, at.Group, c.about.consumer, 0, c.id, "RETRYCOUNT", c.deliveries, "JUSTID")
		}
		for s, ids := range acks {
			args := make([]any, 0, 3+len(ids))
			args = append(args, "XACK", s.source.Stream, s.source.Group)
			for i := range ids {
				args = append(args, &ids[i])
			}
			sent[s] = pipe.Do(t.ctx, args...)
		}
		// Not under t.ctx: the last acknowledgements are told while the transport closes.
		_, _ = pipe.Exec(context.WithoutCancel(t.ctx))
		for _, c := range counts {
			c.about.window.told(1, nil)
		}
		counts = nil
		for s, cmd := range sent {
			if err := cmd.Err(); err != nil && !server.GroupIsGone(err) && !server.IsNoStream(err) {
				t.server.Outage.Note(err)
				continue
			}
			s.window.told(len(acks[s]), acks[s])
			delete(acks, s)
		}
	}
}

func sorted(batch []word) (counts []word, acks map[*subscription][]string) {
	acks = map[*subscription][]string{}
	for _, w := range batch {
		if w.deliveries > 0 {
			counts = append(counts, w)
		} else {
			acks[w.about] = append(acks[w.about], w.id)
		}
	}
	return counts, acks
}
