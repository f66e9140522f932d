package streams

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/middleware"
	"github.com/skald-go/skald/router/redis/internal/server"
	"github.com/skald-go/skald/router/wire"
)

// longestBlock is how long one read waits on the server, and how often others' entries are looked for. A subscription
// that ends does not wait so long: the read is interrupted.
const longestBlock = 2 * time.Second

// begin is the id before all others, and the cursor of XAUTOCLAIM that begins anew.
const begin = "0-0"

// reader fills a subscription's window. It belongs to one goroutine.
type reader struct {
	*subscription

	// inherited is the last entry taken up of those that the consumer was given and nobody here knows of: left by a
	// process of the same name, or in an answer that was lost on the way. heir says that there may be more.
	inherited string
	heir      bool

	// cursor is how far the look for the entries of dead consumers has come; it begins anew at nextLook.
	cursor   string
	nextLook time.Time
}

func (s *subscription) read() {
	r := reader{subscription: s, inherited: begin, heir: true, cursor: begin}
	for {
		room := r.awaitRoom()
		if room == 0 {
			return
		}
		r.cope(r.step(room))
	}
}

// awaitRoom returns how many entries may be read, or 0 when the subscription ends.
func (r *reader) awaitRoom() int {
	for r.ctx.Err() == nil {
		if room := r.window.room(); room > 0 {
			return room
		}
		select {
		case <-r.window.changed:
		case <-r.ctx.Done():
		}
	}
	return 0
}

// step reads once: first what is the consumer's own, then, when it is time, what dead consumers left, then what is new.
func (r *reader) step(room int) error {
	switch {
	case r.heir:
		return r.inherit(room)
	case !time.Now().Before(r.nextLook):
		return r.claim(room)
	default:
		return r.next(room)
	}
}

// cope makes the best of an error. After any of them the consumer may have been given entries in an answer that never
// arrived, so it looks for its own first.
func (r *reader) cope(err error) {
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		return
	case server.GroupIsGone(err):
		r.makeGroup()
	default:
		r.server().Outage.Note(err)
		middleware.Sleep(r.ctx, errorPause)
	}
	r.inherited, r.heir = begin, true
}

// makeGroup makes the group anew after Redis lost it, from the stream's first entry. What was handled before may come
// again: request ids and idempotency keys are there for that.
func (r *reader) makeGroup() {
	made, err := r.server().MakeGroup(context.WithoutCancel(r.ctx), r.source)
	switch {
	case err != nil:
		r.server().Outage.Note(err)
		middleware.Sleep(r.ctx, errorPause)
	case made:
		r.server().Log.Warn("consumer group was gone; made it anew, from the stream's first entry",
			telemetry.FieldStream, r.source.Stream, "group", r.source.Group)
	}
}

// do sends a command on the reader's own connection. The context of the subscription would not interrupt it, only keep
// the answer from arriving.
func (r *reader) do(args ...any) *redis.Cmd {
	return r.connection.Do(context.WithoutCancel(r.ctx), args...)
}

// next waits for new entries.
func (r *reader) next(room int) error {
	wait := max(time.Until(r.nextLook).Milliseconds(), 1) // 0 would wait for ever
	at := time.Now()
	answer, err := r.do("XREADGROUP", "GROUP", r.source.Group, r.consumer, "COUNT", room, "BLOCK", wait,
		"STREAMS", r.source.Stream, ">").Slice()
	if err != nil {
		return err
	}
	r.add(entriesOfRead(answer), 1, at)
	return nil
}

// add takes entries into the window. One without fields was removed from the stream before anybody handled it: there is
// nothing to handle, and the server is told so.
func (r *reader) add(entries []*entry, deliveries int, at time.Time) {
	kept := entries[:0]
	var removed []any
	for _, e := range entries {
		if e.values == nil {
			removed = append(removed, e.id)
			continue
		}
		e.key, e.sure = wire.KeyOfEntry(e.values), at
		if e.deliveries == 0 {
			e.deliveries = deliveries
		}
		e.seen = e.deliveries > 1
		kept = append(kept, e)
	}
	r.window.add(kept)
	if len(removed) > 0 {
		_ = r.do(append([]any{"XACK", r.source.Stream, r.source.Group}, removed...)...).Err() // else it comes again
	}
}

// inherit takes up a page of what the server has as the consumer's own.
func (r *reader) inherit(room int) error {
	at := time.Now()
	known := r.window.ids() // as of before the read: what is acknowledged meanwhile may still be in the answer
	answer, err := r.do("XREADGROUP", "GROUP", r.source.Group, r.consumer, "COUNT", room, "STREAMS", r.source.Stream, r.inherited).Slice()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	entries := entriesOfRead(answer)
	if len(entries) == 0 {
		r.heir = false
		return nil
	}
	r.inherited = entries[len(entries)-1].id
	return r.takeUp(entries, known, at)
}

// claim takes over a page of what dead consumers left. The pages follow each other as fast as there is room.
func (r *reader) claim(room int) error {
	at := time.Now()
	known := r.window.ids()
	answer, err := r.do("XAUTOCLAIM", r.source.Stream, r.source.Group, r.consumer, r.transport.options.TakeOver.Milliseconds(),
		r.cursor, "COUNT", room).Slice()
	if err != nil {
		return err
	}
	cursor, entries, unnamed := entriesOfClaim(answer)
	if unnamed > 0 {
		r.inherited, r.heir = begin, true // they are the consumer's own now; read as such they have names
	}
	if r.cursor = cursor; cursor == begin {
		r.nextLook = time.Now().Add(min(longestBlock, r.transport.options.TakeOver/2))
	}
	return r.takeUp(entries, known, at)
}

// takeUp adds entries that were delivered before, with the count of their deliveries. Those that are known are in good
// hands, and certainly ours again.
func (r *reader) takeUp(entries []*entry, known map[string]bool, at time.Time) error {
	fresh := entries[:0]
	var again []string
	for _, e := range entries {
		if known[e.id] {
			again = append(again, e.id)
		} else {
			fresh = append(fresh, e)
		}
	}
	r.window.renewed(again, at)
	if len(fresh) == 0 {
		return nil
	}
	answer, err := r.do("XPENDING", r.source.Stream, r.source.Group, fresh[0].id, fresh[len(fresh)-1].id,
		len(fresh)+r.window.size(), r.consumer).Slice()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	deliveries := deliveriesOf(answer)
	for _, e := range fresh {
		e.deliveries = deliveries[e.id]
	}
	r.add(fresh, 1, at)
	return nil
}
