package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/telemetry"
)

// maxTries is how often an input may lose its append to another writer before its submitter is told (ErrContended).
const maxTries = 10

// retryAfterFault is how long after a failure of the store a saga is looked at again, in case the append did take
// effect.
const retryAfterFault = time.Second

// retryUnreadable is the same for a saga whose history or definition cannot be read, which a newer process may be able
// to do.
const retryUnreadable = time.Minute

// committer decides everything, one batch after another. It runs in one goroutine; only the append itself runs beside
// it.
type committer struct {
	*Engine
	cache    *cache
	filling  *batch        // the next append, being decided
	inFlight *batch        // the append under way; nil when there is none
	held     []*submission // of sagas in flight: for the batch after, in the order they came
	again    []*submission // lost to another writer: to be decided anew before anything else
	appended chan appended
}

// appended is how an append ended.
type appended struct {
	results []eventstore.LaneResult
	err     error
	took    time.Duration
}

func newCommitter(e *Engine) *committer {
	return &committer{Engine: e, cache: newCache(e.config.CacheSize), filling: newBatch(), appended: make(chan appended, 1)}
}

// run commits until the engine is stopping and nothing is left to do. After ctx has ended every call of the store fails,
// so that it comes to an end then too.
func (c *committer) run(ctx context.Context) {
	stopping := c.stopping
	for {
		if c.inFlight == nil && !c.filling.empty() {
			c.launch(ctx)
		}
		if stopping == nil && c.inFlight == nil && len(c.queue) == 0 {
			return
		}
		select {
		case s := <-c.intake():
			c.fill(ctx, c.takeQueued(s))
		case outcome := <-c.appended:
			c.settle(outcome)
			c.refill(ctx)
		case <-stopping:
			stopping = nil
		}
	}
}

// intake is the queue, or nil when the next batch is full: then submits wait.
func (c *committer) intake() <-chan *submission {
	if c.filling.inputs+len(c.held) >= c.config.MaxBatch {
		return nil
	}
	return c.queue
}

// takeQueued takes what is queued behind first, up to a full batch. It never waits for more.
func (c *committer) takeQueued(first *submission) []*submission {
	taken := []*submission{first}
	for room := c.config.MaxBatch - c.filling.inputs - len(c.held) - 1; room > 0; room-- {
		select {
		case s := <-c.queue:
			taken = append(taken, s)
		default:
			return taken
		}
	}
	return taken
}

// refill decides what had to wait for the append that has just ended.
func (c *committer) refill(ctx context.Context) {
	waiting := append(c.again, c.held...)
	c.again, c.held = nil, nil
	if len(waiting) > 0 {
		c.fill(ctx, waiting)
	}
}

// launch starts the append of the batch being filled. Its context is not that of any submitter: their inputs travel
// together.
func (c *committer) launch(ctx context.Context) {
	c.inFlight, c.filling = c.filling, newBatch()
	appends := c.inFlight.appends()
	go func() {
		began := c.config.Now()
		ctx, cancel := context.WithTimeout(ctx, c.config.StoreTimeout)
		defer cancel()
		results, err := c.config.Store.Append(ctx, appends)
		c.appended <- appended{results, err, c.config.Now().Sub(began)}
	}()
}

// settle takes the outcome of the append: what is durable goes to the cache and to the sender, what was lost to another
// writer is decided again, and after an error nothing is believed any more.
func (c *committer) settle(outcome appended) {
	b := c.inFlight
	c.inFlight = nil
	if outcome.err != nil {
		c.abandon(b, outcome.err)
		return
	}
	won, lost := b.split(outcome.results)
	events := 0
	for _, t := range won {
		events += len(t.events)
	}
	c.config.Observer.Committed(Commit{
		Lanes: len(b.lanes), Sagas: len(won), Events: events, Inputs: b.inputs, Conflicts: len(lost), Took: outcome.took,
	})
	for _, t := range lost {
		c.decideAgain(t)
	}
	now := c.now()
	for _, t := range won {
		c.remember(t)
		c.setAlarm(t, now)
	}
	c.sender.send(won)
}

// abandon ends a batch whose append failed. It may have taken effect nevertheless: the cache forgets the sagas, and each
// is looked at again soon, so that what follows from its events is sent in any case.
func (c *committer) abandon(b *batch, err error) {
	err = fmt.Errorf("append: %w", err)
	c.config.Logger.Warn("append failed, its inputs are to be submitted again", telemetry.FieldError, err, telemetry.FieldCount, len(b.turns))
	again := c.now().Add(retryAfterFault)
	for id, t := range b.turns {
		c.cache.drop(id)
		c.alarms.noteUnsent(id, t.unsentFrom(), again)
		t.fail(err)
		t.finish()
	}
}

// decideAgain puts the inputs of a turn that somebody else was ahead of in front of the next batch.
func (c *committer) decideAgain(t *turn) {
	c.cache.drop(t.id())
	for _, s := range t.inputs {
		s.tries++
		if s.tries >= maxTries {
			s.err = fmt.Errorf("saga %s: %w", s.saga, ErrContended)
			c.giveUp(s, retryAfterFault)
			continue
		}
		s.mustRead = true
		c.again = append(c.again, s)
	}
}

// giveUp ends an input with its error. A wake, of which nobody else hears, is logged and repeated after the given time.
func (c *committer) giveUp(s *submission, again time.Duration) {
	if s.wake != nil {
		c.config.Logger.Warn("what is due for a saga could not be done, it will be tried again",
			telemetry.FieldSagaID, s.saga.String(), telemetry.FieldError, s.err, telemetry.FieldWait, again)
		c.alarms.noteUnsent(s.saga, s.wake.unsentFrom, c.now().Add(again))
	}
	s.finish()
}

func (c *committer) remember(t *turn) {
	if t.state.Status.Terminal() || t.state.Version == 0 {
		c.cache.drop(t.id())
		return
	}
	c.cache.put(t.known)
}

// setAlarm keeps the saga's alarm in step with its state.
func (c *committer) setAlarm(t *turn, now time.Time) {
	id := t.id()
	woken := t.woken()
	switch {
	case t.state.Version == 0 || t.state.Status.Terminal():
		c.alarms.set(id, time.Time{}, now)
	case woken:
		c.logWake(t)
		c.alarms.set(id, c.afterWake(t, now), now)
	case len(t.events) > 0:
		last := c.alarms.lastWoken(id)
		c.alarms.set(id, nextAlarm(t.def, &t.state, last), last)
	}
}

// afterWake is the next alarm of a saga that has just been woken. When there was nothing to do because another process
// has written since, the saga is that process's: it gets some grace next time.
func (c *committer) afterWake(t *turn, now time.Time) time.Time {
	due := nextAlarm(t.def, &t.state, now)
	if due.IsZero() || len(t.events) > 0 || len(t.messages) > 0 {
		return due
	}
	if !t.ours {
		due = due.Add(c.config.Grace)
	}
	if !due.After(now) { // due, but nothing follows from it: the saga waits for a person
		due = now.Add(maxRedelivery)
	}
	return due
}

// logWake tells of a wake on which nothing could be decided: state and definition do not fit each other.
func (c *committer) logWake(t *turn) {
	for _, s := range t.inputs {
		if s.wake != nil && s.err != nil {
			c.logSaga(t.state.CorrelationID, s.saga).Error("what is due for a saga cannot be decided", telemetry.FieldError, s.err)
		}
	}
}

// lane of a saga in this store.
func (c *committer) lane(id domain.SagaID) eventstore.Lane { return eventstore.LaneOfSaga(id, c.lanes) }
