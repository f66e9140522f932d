// Package wakeup tells waiting readers that something was appended.
package wakeup

import (
	"context"
	"sync"
)

// Bell wakes those who listen. The zero Bell is ready for use by many goroutines.
type Bell struct {
	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
}

// Ring wakes every listener. It never blocks: a listener that has not yet taken its last wake-up is awake anyway.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for listener := range b.listeners {
		select {
		case listener <- struct{}{}:
		default:
		}
	}
}

// Listen returns a channel that receives a value soon after a Ring, and is closed when ctx ends.
func (b *Bell) Listen(ctx context.Context) <-chan struct{} {
	listener := make(chan struct{}, 1)
	b.mu.Lock()
	if b.listeners == nil {
		b.listeners = make(map[chan struct{}]struct{})
	}
	b.listeners[listener] = struct{}{}
	b.mu.Unlock()
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listeners, listener)
		close(listener)
	})
	return listener
}
