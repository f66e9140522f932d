// Package inorder keeps messages of one key in their order while those of different keys go side by side. Watermill's
// router starts a goroutine for every message it receives; without this a saga's "completed" would overtake its
// "start".
package inorder

import "container/list"

// Queue hands out items in the order in which they were added, but of each key one at a time: the next one follows when
// the one before it is done. The zero Queue is empty and ready. It must be guarded by its owner's mutex.
type Queue[T any] struct {
	ready  list.List // of items that may go
	parked map[string][]T
}

// Add puts an item at the end. It is parked when its key is taken, by an item that is ready or handed out.
func (q *Queue[T]) Add(key string, item T) {
	if waiting, taken := q.parked[key]; taken {
		q.parked[key] = append(waiting, item)
		return
	}
	if q.parked == nil {
		q.parked = map[string][]T{}
	}
	q.parked[key] = nil
	q.ready.PushBack(item)
}

// Take hands out the next item that may go; its key stays taken until Done.
func (q *Queue[T]) Take() (item T, ok bool) {
	front := q.ready.Front()
	if front == nil {
		return item, false
	}
	return q.ready.Remove(front).(T), true
}

// PutBack returns an item that was handed out, to be the next one.
func (q *Queue[T]) PutBack(item T) { q.ready.PushFront(item) }

// Done ends an item that was handed out: the next one of its key may go.
func (q *Queue[T]) Done(key string) {
	waiting := q.parked[key]
	if len(waiting) == 0 {
		delete(q.parked, key)
		return
	}
	q.ready.PushBack(waiting[0])
	clear(waiting[:1]) // lets the collector have it
	q.parked[key] = waiting[1:]
}

// Ready is how many items may be taken.
func (q *Queue[T]) Ready() int { return q.ready.Len() }

// Clear forgets all items and frees all keys.
func (q *Queue[T]) Clear() {
	q.ready.Init()
	clear(q.parked)
}
