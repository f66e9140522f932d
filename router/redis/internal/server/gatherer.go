package server

import "sync"

// Gatherer sends what many goroutines have to send, in batches and without waiting for any: what is added while nothing
// is under way goes at once, and what is added while a batch is under way makes the next one.
type Gatherer[T any] struct {
	send func(batch []T)

	mu      sync.Mutex
	next    []T
	spare   []T // the last batch's memory
	sending bool
	idle    sync.Cond // nothing is under way
}

// NewGatherer makes a gatherer; send is called for one batch at a time and must not keep it.
func NewGatherer[T any](send func(batch []T)) *Gatherer[T] {
	g := &Gatherer[T]{send: send}
	g.idle.L = &g.mu
	return g
}

// Add hands an item over. It does not wait.
func (g *Gatherer[T]) Add(item T) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next = append(g.next, item)
	if !g.sending {
		g.sending = true
		go g.run()
	}
}

// Wait returns when everything that was added is sent.
func (g *Gatherer[T]) Wait() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.sending {
		g.idle.Wait()
	}
}

func (g *Gatherer[T]) run() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.next) > 0 {
		batch := g.next
		g.next = g.spare[:0]
		g.mu.Unlock()
		g.send(batch)
		clear(batch)
		g.mu.Lock()
		g.spare = batch
	}
	g.sending = false
	g.idle.Broadcast()
}
