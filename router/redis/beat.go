package redis

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/router/redis/internal/server"
)

// beatKey is a hash with an epoch, drawn by whoever found the key missing, and a count that every broker raises each
// second.
const beatKey = "skald:beat"

const beatInterval = time.Second

// beat notices that Redis lost data: the epoch is another one (flushed, or restarted without its file), or the count is
// not higher than when this process last raised it (restarted with an old file, or failed over to a replica that had
// missed the last writes).
type beat struct {
	client *redis.Client
	outage *server.Outage
	log    *slog.Logger
	lost   chan struct{}

	epoch string
	count int64
}

func newBeat(client *redis.Client, outage *server.Outage, log *slog.Logger) *beat {
	return &beat{client: client, outage: outage, log: log, lost: make(chan struct{}, 1)}
}

// run beats until ctx ends.
func (b *beat) run(ctx context.Context) {
	ticker := time.NewTicker(beatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		lost, err := b.once(ctx)
		if err != nil {
			b.outage.Note(err)
			continue
		}
		b.outage.Over()
		if lost {
			b.log.Warn("redis has lost data; what is open is to be sent again")
			select {
			case b.lost <- struct{}{}:
			default: // the last loss was not received yet; once is enough
			}
		}
	}
}

// once raises the count and compares. A call that fails after the server did its part only makes the next count higher.
func (b *beat) once(ctx context.Context) (lost bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var epoch *redis.StringCmd
	var count *redis.IntCmd
	_, err = b.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSetNX(ctx, beatKey, "epoch", rand.Text())
		epoch = p.HGet(ctx, beatKey, "epoch")
		count = p.HIncrBy(ctx, beatKey, "count", 1)
		return nil
	})
	if err != nil {
		return false, err
	}
	first := b.epoch == ""
	lost = !first && (epoch.Val() != b.epoch || count.Val() <= b.count)
	b.epoch, b.count = epoch.Val(), count.Val()
	return lost, nil
}
