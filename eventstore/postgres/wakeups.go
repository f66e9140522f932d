package postgres

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/eventstore/internal/wakeup"
)

// announceGap is the shortest time between two NOTIFYs of one process.
const announceGap = 10 * time.Millisecond

// wakeups tells readers about appends: those in this process at once, those in others by NOTIFY.
//
// NOTIFY is no part of the append. A transaction that notifies takes a lock of the whole server while it commits, so that
// such transactions flush their logs one after the other; and a wake-up needs no transaction, since every reader polls as well.
// A goroutine of its own notifies after the commit, once for whatever was appended in the meantime.
type wakeups struct {
	store     *Store
	bell      wakeup.Bell
	announced chan struct{}
	self      string // the payload of our own notifications: the schema and a name for this store

	ctx        context.Context // ends with stop
	cancel     context.CancelFunc
	group      sync.WaitGroup
	listenOnce sync.Once
}

func startWakeups(s *Store) *wakeups {
	w := &wakeups{store: s, announced: make(chan struct{}, 1), self: s.queries.schema + ":" + uuid.NewString()}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.group.Go(w.announce)
	return w
}

// stop ends the goroutines and waits for them.
func (w *wakeups) stop() {
	w.cancel()
	w.group.Wait()
}

// ring wakes the readers of this process and has those of others woken.
func (w *wakeups) ring() {
	w.bell.Ring()
	select {
	case w.announced <- struct{}{}:
	default:
	}
}

// listen returns a channel of wake-ups. The first call opens the connection that hears of others.
func (w *wakeups) listen(ctx context.Context) <-chan struct{} {
	w.listenOnce.Do(func() {
		if w.ctx.Err() == nil {
			w.group.Go(w.hear)
		}
	})
	return w.bell.Listen(ctx)
}

func (w *wakeups) announce() {
	for {
		select {
		case <-w.announced:
		case <-w.ctx.Done():
			return
		}
		if _, err := w.store.pool.Exec(w.ctx, w.store.queries.announce, w.self); err != nil && w.ctx.Err() == nil {
			w.store.options.Logger.Debug("NOTIFY failed; readers in other processes find out when they poll", "error", err)
		}
		w.sleep(announceGap)
	}
}

// hear rings for what others announce, connecting again whenever the connection is lost.
func (w *wakeups) hear() {
	for pause := firstPause; w.ctx.Err() == nil; pause = min(2*pause, lastPause) {
		heard, err := w.hearOnce()
		if w.ctx.Err() != nil {
			return
		}
		w.store.options.Logger.Debug("LISTEN was interrupted; readers poll", "error", err)
		if heard {
			pause = firstPause
		}
		w.sleep(pause)
	}
}

func (w *wakeups) hearOnce() (heard bool, err error) {
	conn, err := pgx.ConnectConfig(w.ctx, w.store.config.ConnConfig.Copy())
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(w.ctx)) }()
	if _, err := conn.Exec(w.ctx, w.store.queries.listen); err != nil {
		return false, err
	}
	w.bell.Ring() // for what was announced before we listened
	for {
		n, err := conn.WaitForNotification(w.ctx)
		if err != nil {
			return true, err
		}
		if strings.HasPrefix(n.Payload, w.store.queries.schema+":") && n.Payload != w.self {
			w.bell.Ring()
		}
	}
}

// sleep waits for d or for stop.
func (w *wakeups) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.ctx.Done():
	}
}
