package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// group is what one fill has for one saga.
type group struct {
	id     domain.SagaID
	inputs []*submission
	turn   *turn
}

// fill decides inputs: turns with events join the batch being filled, all others are finished at once. What belongs to a
// saga in flight is held back.
func (c *committer) fill(ctx context.Context, inputs []*submission) {
	groups := c.group(inputs)
	unread := c.open(groups)
	c.config.Observer.Cached(len(groups)-len(unread), len(unread), 0)
	c.read(ctx, unread)
	c.decide(groups)

	var doubtful []*group
	for _, g := range groups {
		if g.turn != nil && g.turn.doubtful() {
			doubtful = append(doubtful, g)
		}
	}
	if len(doubtful) > 0 {
		c.config.Observer.Cached(0, 0, len(doubtful))
		c.read(ctx, doubtful)
		c.decide(doubtful)
	}
	c.place(groups)
}

// group sorts inputs by saga, in the order they came. Those of a saga that takes part in the next append already join it
// here.
func (c *committer) group(inputs []*submission) []*group {
	groups := make([]*group, 0, len(inputs))
	bySaga := make(map[domain.SagaID]*group, len(inputs))
	for _, s := range inputs {
		if c.mustWait(s) {
			c.held = append(c.held, s)
			continue
		}
		if t := c.filling.turns[s.saga]; t != nil {
			t.take(s, c.now(), c.config.Random(), c.replyStream(s.saga))
			c.filling.inputs++
			continue
		}
		g := bySaga[s.saga]
		if g == nil {
			g = &group{id: s.saga}
			bySaga[s.saga] = g
			groups = append(groups, g)
		}
		g.inputs = append(g.inputs, s)
	}
	return groups
}

// mustWait reports whether an input has to wait for an append: its saga is in flight, or it needs the history as it will
// be.
func (c *committer) mustWait(s *submission) bool {
	if c.inFlight != nil && c.inFlight.turns[s.saga] != nil {
		return true
	}
	return s.mustRead && c.filling.turns[s.saga] != nil
}

// open begins the turns that need no reading, and returns the groups that do. A start is presumed to be of a new saga:
// the store says so when it is not.
func (c *committer) open(groups []*group) (unread []*group) {
	for _, g := range groups {
		first := g.inputs[0]
		if mustRead(g.inputs) {
			unread = append(unread, g)
		} else if k, ok := c.cache.get(g.id); ok {
			g.turn = newTurn(k)
		} else if first.isStart() {
			g.turn = newTurn(known{state: domain.NewState(g.id)})
		} else {
			unread = append(unread, g)
		}
	}
	return unread
}

func mustRead(inputs []*submission) bool {
	for _, s := range inputs {
		if s.mustRead {
			return true
		}
	}
	return false
}

// read begins the turns of all the groups with their histories, in one round trip. A group that cannot be read is
// finished with the error and left without a turn.
func (c *committer) read(ctx context.Context, groups []*group) {
	if len(groups) == 0 {
		return
	}
	ids := make([]domain.SagaID, len(groups))
	for i, g := range groups {
		ids[i] = g.id
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.StoreTimeout)
	defer cancel()
	histories, err := c.config.Store.ReadSagas(ctx, ids)
	for i, g := range groups {
		if err != nil {
			c.refuse(g, fmt.Errorf("read saga %s: %w", g.id, err), retryAfterFault)
			continue
		}
		t, err := c.turnOf(ctx, g.id, histories[i])
		if err != nil {
			c.refuse(g, err, retryUnreadable)
			continue
		}
		g.turn = t
	}
}

// turnOf begins a turn with a saga's history.
func (c *committer) turnOf(ctx context.Context, id domain.SagaID, history []eventstore.Record) (*turn, error) {
	k := known{state: domain.NewState(id)}
	if len(history) > 0 {
		var err error
		if k.state, err = fold(id, history); err != nil {
			return nil, err
		}
		if k.def, err = c.definitions.pinned(ctx, k.state.Definition); err != nil {
			return nil, err
		}
		k.trace = history[0].Trace
	}
	t := newTurn(k)
	t.history, t.read = history, true
	remembered, ok := c.cache.get(id)
	t.ours = ok && remembered.state.Version == k.state.Version
	return t, nil
}

// refuse ends a group that cannot be decided. A wake among it is repeated after the given time.
func (c *committer) refuse(g *group, err error, again time.Duration) {
	g.turn = nil
	c.cache.drop(g.id)
	for _, s := range g.inputs {
		s.err = err
		c.giveUp(s, again)
	}
}

func (c *committer) decide(groups []*group) {
	for _, g := range groups {
		if g.turn == nil {
			continue
		}
		for _, s := range g.inputs {
			g.turn.take(s, c.now(), c.config.Random(), c.replyStream(g.id))
		}
	}
}

// place puts the turns where they belong after their decisions.
func (c *committer) place(groups []*group) {
	var settled []*turn
	for _, g := range groups {
		t := g.turn
		switch {
		case t == nil: // it could not be read
		case len(t.events) > 0:
			c.filling.add(t, c.lane(g.id))
		default:
			settled = append(settled, t)
		}
	}
	c.settleAtOnce(settled)
}

// settleAtOnce finishes turns without events. They rest on histories that have been read, so there is nothing to wait
// for.
func (c *committer) settleAtOnce(turns []*turn) {
	now := c.now()
	var withMessages []*turn
	for _, t := range turns {
		if n := len(t.history); n > 0 {
			t.reached(t.history[n-1].Offset)
		}
		c.remember(t)
		c.setAlarm(t, now)
		if len(t.messages) > 0 {
			withMessages = append(withMessages, t)
		} else {
			t.finish()
		}
	}
	if len(withMessages) > 0 {
		c.sender.send(withMessages)
	}
}
