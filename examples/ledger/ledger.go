package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// ErrUndone is returned for an action whose compensation has been there before it. It will never succeed.
var ErrUndone = errors.New("refused: this step was undone before it was done")

// Ledger remembers the effects of one participant. Its methods may be called concurrently. One process at a time may
// hold a ledger's file.
type Ledger struct {
	mu      sync.Mutex
	idle    *sync.Cond // signalled when a step leaves busy
	file    *os.File   // nil: memory only
	broken  error      // of a write that failed: what stands at the end of the file is not known any more
	entries []Entry
	byKey   map[string]Entry
	undone  map[string]struct{} // keys under a tombstone
	busy    map[string]struct{} // steps (their action's key) at work now
}

// InMemory is an empty ledger that forgets everything when the process ends.
func InMemory() *Ledger {
	l := &Ledger{
		byKey:  make(map[string]Entry),
		undone: make(map[string]struct{}),
		busy:   make(map[string]struct{}),
	}
	l.idle = sync.NewCond(&l.mu)
	return l
}

// Once has the effect, unless key has been served before: then the answer of that time is returned and act is not
// called. act runs without a lock on the ledger, but nothing else runs for the same step meanwhile. When act fails
// nothing is remembered, so that the next attempt tries again. When Once returns without an error the entry is on the
// disk. The error is act's, ErrUndone, or one of the file; after one of the file the ledger must be opened again.
func Once[Out any](l *Ledger, key, effect string, act func() (Out, error)) (Out, error) {
	release := l.hold(key)
	defer release()
	if earlier, served := l.lookup(key); served {
		return decode[Out](earlier)
	}
	if l.isUndone(key) {
		var nothing Out
		return nothing, ErrUndone
	}
	output, err := act()
	if err != nil {
		return output, err
	}
	return output, l.write(Entry{Key: key, Effect: effect}, output)
}

// Undo is Once for a compensation, whose key it takes. act gets the answer of the action that is to be undone; done is
// false when the action has not been done, and then there is nothing to undo but the tombstone is left all the same.
func Undo[Done, Out any](l *Ledger, key, effect string, act func(answer Done, done bool) (Out, error)) (Out, error) {
	release := l.hold(key)
	defer release()
	var nothing Out
	if earlier, served := l.lookup(key); served {
		return decode[Out](earlier)
	}
	var answer Done
	earlier, done := l.lookup(ActionOf(key))
	if done {
		var err error
		if answer, err = decode[Done](earlier); err != nil {
			return nothing, err
		}
	}
	output, err := act(answer, done)
	if err != nil {
		return output, err
	}
	return output, l.write(Entry{Key: key, Effect: effect, Undoes: ActionOf(key)}, output)
}

// Entries are all effects, in the order in which they were had.
func (l *Ledger) Entries() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries)
}

// Close closes the ledger's file. What is in memory can still be read.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// hold waits until nothing is at work for key's step and takes it.
func (l *Ledger) hold(key string) (release func()) {
	step := ActionOf(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if _, taken := l.busy[step]; !taken {
			break
		}
		l.idle.Wait()
	}
	l.busy[step] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.busy, step)
		l.idle.Broadcast()
	}
}

func (l *Ledger) lookup(key string) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byKey[key]
	return e, ok
}

func (l *Ledger) isUndone(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.undone[key]
	return ok
}

// write makes the entry durable, then known: an answer is never given that a crash could take back.
func (l *Ledger) write(e Entry, output any) error {
	raw, err := json.Marshal(output)
	if err != nil {
		return fmt.Errorf("writing the answer of %s into the ledger: %w", e.Key, err)
	}
	e.Output, e.At = raw, time.Now().UTC()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if l.file != nil {
		if l.broken = appendLine(l.file, e); l.broken != nil {
			return l.broken
		}
	}
	l.remember(e)
	return nil
}

// remember puts an entry into the maps. The caller holds mu or is the only one who knows l.
func (l *Ledger) remember(e Entry) {
	l.entries = append(l.entries, e)
	l.byKey[e.Key] = e
	if e.Undoes != "" {
		l.undone[e.Undoes] = struct{}{}
	}
}

func decode[T any](e Entry) (T, error) {
	var output T
	if err := json.Unmarshal(e.Output, &output); err != nil {
		return output, fmt.Errorf("the ledger's answer for %s has another shape now: %w", e.Key, err)
	}
	return output, nil
}
