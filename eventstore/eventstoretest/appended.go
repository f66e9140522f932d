package eventstoretest

import (
	"context"
	"testing"

	"github.com/skald-go/skald/eventstore"
)

var appendedCases = []testCase{
	{"an append wakes every listener", func(t *testing.T, store eventstore.Store) {
		ctx := within(t)
		a, b := store.Appended(ctx), store.Appended(ctx)
		mustAppend(t, store, NewSagaIn(store, 0).Continue(0, 1))
		expectWake(t, a)
		expectWake(t, b)
	}},
	{"a slow listener is woken once and holds up nobody", func(t *testing.T, store eventstore.Store) {
		slow := store.Appended(within(t))
		for range 20 {
			mustAppend(t, store, NewSagaIn(store, 0).Continue(0, 1))
		}
		expectWake(t, slow)
	}},
	{"the channel is closed when its context ends", func(t *testing.T, store eventstore.Store) {
		ctx, cancel := context.WithCancel(within(t))
		woken := store.Appended(ctx)
		cancel()
		for range woken { // a wake-up may still lie in it
		}
		mustAppend(t, store, NewSagaIn(store, 0).Continue(0, 1))
	}},
}

func expectWake(t *testing.T, woken <-chan struct{}) {
	t.Helper()
	if _, open := <-woken; !open {
		t.Error("no wake-up came in time")
	}
}
