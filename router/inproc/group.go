package inproc

import (
	"time"

	"github.com/skald-go/skald/router/inorder"
)

// group is a consumer group of one stream. Its fields are guarded by the stream's mutex.
//
// An entry goes through: not read (index >= next) -> ready, or parked behind its key -> in flight -> done. A rejected
// entry is in flight until its pause is over and then ready again.
type group struct {
	name    string
	stream  *stream
	members map[*subscription]struct{}

	next     uint64              // the first entry that was not read yet
	floor    uint64              // every entry before it is done
	done     map[uint64]struct{} // entries from floor on that are done
	queue    inorder.Queue[*delivery]
	inFlight int
	// epoch changes when the group starts over; a pause that began before then wakes nothing.
	epoch uint64
}

// delivery is one entry on its way to a group. Its key is taken from the moment it is ready until it is done.
type delivery struct {
	entry *entry
	count int // deliveries so far
}

func newGroup(name string, s *stream) *group {
	return &group{
		name:    name,
		stream:  s,
		members: map[*subscription]struct{}{},
		next:    s.first,
		floor:   s.first,
		done:    map[uint64]struct{}{},
	}
}

// take hands out the next message that may be delivered, or nil when there is none for now.
func (g *group) take() *delivery {
	g.stream.mu.Lock()
	defer g.stream.mu.Unlock()
	if g.inFlight >= g.stream.options.InFlight {
		return nil
	}
	for g.queue.Ready() == 0 && g.next < g.stream.end() {
		g.read()
	}
	d, ok := g.queue.Take()
	if !ok {
		return nil
	}
	d.count++
	g.inFlight++
	return d
}

// read moves one entry from the stream to the queue.
func (g *group) read() {
	e := g.stream.at(g.next)
	g.next++
	if _, done := g.done[e.index]; done {
		return
	}
	g.queue.Add(e.key, &delivery{entry: e})
}

// acknowledge marks the entry as done and lets the next one of its key go.
func (g *group) acknowledge(d *delivery) {
	g.stream.mu.Lock()
	defer g.stream.mu.Unlock()
	g.inFlight--
	g.done[d.entry.index] = struct{}{}
	for {
		if _, done := g.done[g.floor]; !done {
			break
		}
		delete(g.done, g.floor)
		g.floor++
	}
	g.queue.Done(d.entry.key)
	g.stream.trim()
	g.wakeMembers()
}

// reject brings the entry again after the pause.
func (g *group) reject(d *delivery) {
	g.stream.mu.Lock()
	epoch := g.epoch
	g.stream.mu.Unlock()
	time.AfterFunc(g.stream.options.RedeliverAfter, func() {
		g.stream.mu.Lock()
		defer g.stream.mu.Unlock()
		if g.epoch == epoch {
			g.putBack(d)
		}
	})
}

// giveBack returns an entry that its subscription did not get to deliver, or gave up waiting for.
func (g *group) giveBack(d *delivery) {
	g.stream.mu.Lock()
	defer g.stream.mu.Unlock()
	g.putBack(d)
}

func (g *group) putBack(d *delivery) {
	g.inFlight--
	g.queue.PutBack(d)
	g.wakeMembers()
}

// leave removes a member. When the last one goes the group starts over from its floor: what was not acknowledged is
// read again by whoever comes next.
func (g *group) leave(s *subscription) {
	g.stream.mu.Lock()
	defer g.stream.mu.Unlock()
	delete(g.members, s)
	if len(g.members) > 0 {
		g.wakeMembers()
		return
	}
	g.epoch++
	g.next, g.inFlight = g.floor, 0
	g.queue.Clear()
}

// dropBacklog moves a group without members forward so that it holds back at most the given number of entries.
func (g *group) dropBacklog(limit int) {
	end := g.stream.end()
	if end-g.floor <= uint64(limit) {
		return
	}
	oldest := end - uint64(limit)
	for index := g.floor; index < oldest; index++ {
		delete(g.done, index)
	}
	if g.floor == g.next { // said once for each time that the group falls behind
		g.stream.options.Logger.Warn("nobody reads for this group; its oldest entries are dropped",
			"stream", g.stream.name, "group", g.name, "kept", limit)
	}
	g.floor, g.next = oldest, oldest
}

func (g *group) wakeMembers() {
	for member := range g.members {
		select {
		case member.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}
