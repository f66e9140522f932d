package server

import (
	"strconv"
	"sync"
)

// Consumers tells the consumers of one process apart within a group. The lowest free number is taken, so that the
// names are the same after every start, and a consumer finds what its predecessor left.
type Consumers struct {
	prefix string

	mu    sync.Mutex
	taken map[Source]map[int]struct{}
}

// Take reserves a consumer of the group.
func (c *Consumers) Take(at Source) (name string, number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken, ok := c.taken[at]
	if !ok {
		taken = map[int]struct{}{}
		c.taken[at] = taken
	}
	for {
		if _, is := taken[number]; !is {
			break
		}
		number++
	}
	taken[number] = struct{}{}
	return c.prefix + "-" + strconv.Itoa(number), number
}

// Release lets the number be taken again.
func (c *Consumers) Release(at Source, number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.taken[at], number)
	if len(c.taken[at]) == 0 {
		delete(c.taken, at)
	}
}
