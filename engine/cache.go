package engine

import "github.com/skald-go/skald/domain"

// known is what the engine remembers of an open saga. It is a hint: another process may have written since.
type known struct {
	state domain.State
	def   *domain.Definition
	trace string // of the saga's start: what its timers cause belongs to the same trace
}

// cache keeps the most recently used states, up to a number. It belongs to the committer and is not safe for others.
type cache struct {
	size  int
	items map[domain.SagaID]*cached
	root  cached // root.next is the most recently used, root.previous the next to go
}

type cached struct {
	known
	previous, next *cached
}

func newCache(size int) *cache {
	c := &cache{size: size, items: make(map[domain.SagaID]*cached)}
	c.root.previous, c.root.next = &c.root, &c.root
	return c
}

func (c *cache) get(id domain.SagaID) (known, bool) {
	item, ok := c.items[id]
	if !ok {
		return known{}, false
	}
	c.unlink(item)
	c.link(item)
	return item.known, true
}

func (c *cache) put(k known) {
	id := k.state.SagaID
	if item, ok := c.items[id]; ok {
		item.known = k
		c.unlink(item)
		c.link(item)
		return
	}
	item := &cached{known: k}
	if len(c.items) >= c.size { // the place of the one that has to go is taken over
		item = c.root.previous
		c.unlink(item)
		delete(c.items, item.state.SagaID)
		item.known = k
	}
	c.items[id] = item
	c.link(item)
}

func (c *cache) drop(id domain.SagaID) {
	if item, ok := c.items[id]; ok {
		c.unlink(item)
		delete(c.items, id)
	}
}

func (c *cache) link(item *cached) {
	item.previous, item.next = &c.root, c.root.next
	item.previous.next, item.next.previous = item, item
}

func (c *cache) unlink(item *cached) {
	item.previous.next, item.next.previous = item.next, item.previous
}
