package streams

import (
	"sync"
	"time"

	"github.com/skald-go/skald/router/inorder"
)

// entry is one that the server gave to a subscription's consumer.
//
// It goes through: waiting (in the queue) -> delivered -> acknowledged -> gone when the server knows. A rejected one
// rests after delivered, and is waiting again when its pause is over.
type entry struct {
	id         string
	key        string
	values     []any // names and values in turn
	deliveries int   // so far, as the server counts; the one that is coming included
	seen       bool  // it was handed to a handler, here or before
	over       bool  // acknowledged, and the server does not know yet

	sure time.Time // the last moment at which it was certainly ours
}

// window is what one subscription holds: every entry that the server has as its consumer's and that it knows of.
type window struct {
	limit int

	mu        sync.Mutex
	queue     inorder.Queue[*entry]
	held      map[string]*entry
	delivered int
	resting   int
	over      int
	unsent    int  // words to the server about entries that it has not taken
	leaving   bool // no lease is renewed any more

	deliverable chan struct{} // something may be deliverable
	changed     chan struct{} // there may be more room, or less unsent
}

func newWindow(limit int) *window {
	return &window{
		limit:       limit,
		held:        map[string]*entry{},
		deliverable: make(chan struct{}, 1),
		changed:     make(chan struct{}, 1),
	}
}

// room is how many more entries may be read. What is not yet delivered counts, so that nothing is read that another
// consumer could handle earlier; what rests and what the server is being told about counts half.
func (w *window) room() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, min(w.limit-(len(w.held)-w.resting-w.over), 2*w.limit-len(w.held)))
}

// size is how many entries are held.
func (w *window) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.held)
}

// ids are those of all entries held.
func (w *window) ids() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make(map[string]bool, len(w.held))
	for id := range w.held {
		ids[id] = true
	}
	return ids
}

// add takes in what was read, in order. An entry that is held already stays as it is: the server gave it a second time,
// after its group was made anew.
func (w *window) add(entries []*entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range entries {
		if _, ok := w.held[e.id]; ok {
			continue
		}
		w.held[e.id] = e
		w.queue.Add(e.key, e)
	}
	signal(w.deliverable)
}

// take hands out the next entry to deliver, or nil when there is none for now.
func (w *window) take() *entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.delivered >= w.limit {
		return nil
	}
	e, ok := w.queue.Take()
	if !ok {
		return nil
	}
	w.delivered++
	e.seen = true
	return e
}

// undelivered puts back an entry that no handler got to see.
func (w *window) undelivered(e *entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delivered--
	e.seen = e.deliveries > 1
	w.queue.PutBack(e)
}

// acknowledged notes a handler's word: the next entry of the key may go.
func (w *window) acknowledged(e *entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delivered--
	w.over++
	w.unsent++
	e.over = true
	w.queue.Done(e.key)
	signal(w.deliverable)
	signal(w.changed)
}

// rejected notes a handler's word: the entry keeps its key and rests.
func (w *window) rejected(e *entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delivered--
	w.resting++
	signal(w.deliverable)
	signal(w.changed)
}

// rested brings a rejected entry again, as the delivery with the number returned.
func (w *window) rested(e *entry) (deliveries int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.resting--
	w.unsent++
	e.deliveries++
	w.queue.PutBack(e)
	signal(w.deliverable)
	return e.deliveries
}

// abandoned notes that a handler said nothing in time: the entry is left to others.
func (w *window) abandoned() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delivered--
}

// told notes that the server has taken words, and which entries it has therefore given up.
func (w *window) told(words int, gone []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unsent -= words
	for _, id := range gone {
		delete(w.held, id)
	}
	w.over -= len(gone)
	signal(w.changed)
}

// allTold reports whether the server has taken every word.
func (w *window) allTold() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unsent == 0
}

// leave ends the renewing of leases and returns the entries that no handler has seen.
func (w *window) leave() (unseen []any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leaving = true
	for id, e := range w.held {
		if !e.seen {
			unseen = append(unseen, id)
		}
	}
	return unseen
}

// renewable are the entries whose lease is due: held for a third of takeOver since it was last sure, and still certainly
// ours. One that was not renewed in time (the process stood still) may be somebody else's by now, and is not taken back.
func (w *window) renewable(now time.Time, takeOver time.Duration) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leaving {
		return nil
	}
	var ids []string
	for id, e := range w.held {
		if age := now.Sub(e.sure); !e.over && age >= takeOver/3 && age < takeOver {
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *window) renewed(ids []string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if e, ok := w.held[id]; ok {
			e.sure = at
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is signalled already
	}
}
