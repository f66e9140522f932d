package library

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

const (
	// blockTime is how long one read waits on the server. It bounds how long a subscription takes to end: go-redis does
	// not interrupt a waiting read.
	blockTime = 250 * time.Millisecond
	// errorPause is the pause after a read that failed.
	errorPause = 250 * time.Millisecond
)

// link is the Redis client that one consumer of the library works with. What it does not override goes to the shared
// client as it is.
type link struct {
	redis.UniversalClient // the shared client

	server   *server.Server
	reads    *server.Reader
	source   server.Source
	consumer string
	takeOver time.Duration
	leases   *leases
	wanted   context.Context // of the subscription: when it ends nothing more is read

	// inherited are the entries that a consumer of this name left unfinished, found by the first look at what is
	// pending; they are claimed however fresh they are. Only the library's claim goroutines use it, and the first look
	// is over before the second goroutine starts.
	inherited map[string]bool
	// delivered counts the deliveries, so far, of pending entries that are about to be claimed. The same goroutines.
	delivered map[string]int
	looked    bool
}

// Close does nothing: the connection belongs to the broker.
func (l *link) Close() error { return nil }

// XReadGroup reads the next entry when the one before it is done with, and makes the best of every error: the library
// would log it twice a second, and go on.
func (l *link) XReadGroup(ctx context.Context, a *redis.XReadGroupArgs) *redis.XStreamSliceCmd {
	if !l.leases.awaitNone(ctx, blockTime) {
		return nothing()
	}
	if l.wanted.Err() != nil {
		<-ctx.Done() // nobody takes another entry; the library is about to be stopped
		return nothing()
	}
	at := time.Now()
	streams, err := l.reads.XReadGroup(ctx, a).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nothing()
	case server.GroupIsGone(err):
		l.makeGroup(ctx)
		return nothing()
	case err != nil:
		l.server.Outage.Note(err)
		middleware.Sleep(ctx, errorPause)
		return nothing()
	}
	for _, s := range streams {
		for i := range s.Messages {
			l.deliver(&s.Messages[i], 1, at)
		}
	}
	return redis.NewXStreamSliceCmdResult(streams, nil)
}

// nothing is a read that found no entry.
func nothing() *redis.XStreamSliceCmd { return redis.NewXStreamSliceCmdResult(nil, redis.Nil) }

// deliver notes the entry as held and writes into it where it came from.
func (l *link) deliver(m *redis.XMessage, deliveries int, at time.Time) {
	l.leases.take(m.ID, at)
	if m.Values == nil {
		m.Values = map[string]any{}
	}
	m.Values[originKey] = wire.Origin{
		Stream: l.source.Stream, EntryID: m.ID, Group: l.source.Group, Deliveries: deliveries,
	}
}

// makeGroup makes the group anew after Redis lost it, from the stream's first entry. What was handled before may come
// again: request ids and idempotency keys are there for that.
func (l *link) makeGroup(ctx context.Context) {
	made, err := l.server.MakeGroup(ctx, l.source)
	switch {
	case err != nil:
		l.server.Outage.Note(err)
		middleware.Sleep(ctx, errorPause)
	case made:
		l.server.Log.Warn("consumer group was gone; made it anew, from the stream's first entry",
			telemetry.FieldStream, l.source.Stream, "group", l.source.Group)
	}
}

// XAck acknowledges entries and gives up their leases.
func (l *link) XAck(ctx context.Context, stream, group string, ids ...string) *redis.IntCmd {
	cmd := l.server.Client.XAck(ctx, stream, group, ids...)
	if err := cmd.Err(); err != nil {
		l.server.Outage.Note(err)
		return cmd // the library tries again
	}
	for _, id := range ids {
		l.leases.giveUp(id)
	}
	return cmd
}
