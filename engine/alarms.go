package engine

import (
	"container/heap"
	"sync"
	"time"

	"github.com/skald-go/skald/domain"
)

// alarms says when which saga is to be looked at, for the sagas that this process has touched: about 150 bytes for each
// that is open. It is a hint like all memory: a wake reads the history before anything is done.
type alarms struct {
	mu      sync.Mutex
	bySaga  map[domain.SagaID]*alarm
	queue   alarmQueue
	changed chan struct{} // receives when the earliest alarm has become earlier
}

// alarm is one saga's.
type alarm struct {
	saga domain.SagaID
	due  time.Time // of what the state says; zero for nothing
	// unsentFrom is the first version whose messages are not known to be sent, to be tried at unsentAt; 0 for none.
	unsentFrom uint64
	unsentAt   time.Time
	last       time.Time // when the saga was last woken, zero for never: redeliveries before then have been made
	index      int       // in the queue; -1 while the saga is being woken
}

func newAlarms() *alarms {
	return &alarms{bySaga: map[domain.SagaID]*alarm{}, changed: make(chan struct{}, 1)}
}

// set puts the alarm of a saga to the given moment, the zero time for none, and remembers when it was last woken.
func (a *alarms) set(id domain.SagaID, due, last time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	item := a.bySaga[id]
	if item == nil {
		if due.IsZero() {
			return
		}
		item = a.add(id)
	}
	item.due, item.last = due, last
	a.place(item)
}

// setIfAbsent is set for a saga that has no alarm; it reports whether that was so.
func (a *alarms) setIfAbsent(id domain.SagaID, due time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.bySaga[id] != nil {
		return false
	}
	item := a.add(id)
	item.due = due
	a.place(item)
	return true
}

// noteUnsent remembers that messages of the saga from the given version on (0: none of a version, but of commands that
// are still open) are to be sent at the given moment. Commands that wait for an answer are then due at once.
func (a *alarms) noteUnsent(id domain.SagaID, from uint64, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	item := a.bySaga[id]
	if item == nil {
		item = a.add(id)
	}
	if from > 0 && (item.unsentFrom == 0 || from < item.unsentFrom) {
		item.unsentFrom = from
	}
	item.unsentAt, item.last = at, time.Time{}
	a.place(item)
}

func (a *alarms) lastWoken(id domain.SagaID) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if item := a.bySaga[id]; item != nil {
		return item.last
	}
	return time.Time{}
}

// pop takes up to limit sagas whose time has come. Each stays on the books, without an alarm, until set or noteUnsent is
// called for it.
func (a *alarms) pop(now time.Time, limit int) []alarm {
	a.mu.Lock()
	defer a.mu.Unlock()
	var due []alarm
	for len(a.queue) > 0 && len(due) < limit && !a.queue[0].at().After(now) {
		item := heap.Pop(&a.queue).(*alarm)
		due = append(due, *item)
		item.due, item.unsentFrom, item.unsentAt = time.Time{}, 0, time.Time{}
	}
	return due
}

// next is the earliest alarm; ok is false when there is none.
func (a *alarms) next() (at time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		return time.Time{}, false
	}
	return a.queue[0].at(), true
}

func (a *alarms) add(id domain.SagaID) *alarm {
	item := &alarm{saga: id, index: -1}
	a.bySaga[id] = item
	return item
}

// place brings the queue in line with a changed alarm.
func (a *alarms) place(item *alarm) {
	switch {
	case item.at().IsZero():
		delete(a.bySaga, item.saga)
		if item.index >= 0 {
			heap.Remove(&a.queue, item.index)
		}
	case item.index >= 0:
		heap.Fix(&a.queue, item.index)
	default:
		heap.Push(&a.queue, item)
	}
	if item.index == 0 {
		select {
		case a.changed <- struct{}{}:
		default:
		}
	}
}

// at is when the alarm goes off.
func (item *alarm) at() time.Time {
	if item.unsentAt.IsZero() || !item.due.IsZero() && item.due.Before(item.unsentAt) {
		return item.due
	}
	return item.unsentAt
}

// alarmQueue is a heap, the earliest alarm first.
type alarmQueue []*alarm

func (q alarmQueue) Len() int           { return len(q) }
func (q alarmQueue) Less(i, j int) bool { return q[i].at().Before(q[j].at()) }
func (q alarmQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push is for package heap.
func (q *alarmQueue) Push(item any) {
	a := item.(*alarm)
	a.index = len(*q)
	*q = append(*q, a)
}

// Pop is for package heap.
func (q *alarmQueue) Pop() any {
	last := len(*q) - 1
	item := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	item.index = -1
	return item
}
