package engine

import (
	"testing"

	"github.com/skald-go/skald/domain"
)

func TestCacheKeepsTheMostRecentlyUsed(t *testing.T) {
	c := newCache(3)
	for n := byte(1); n <= 3; n++ {
		c.put(known{state: domain.State{SagaID: sagaNumber(n), Version: 1}})
	}
	c.get(sagaNumber(1))
	c.put(known{state: domain.State{SagaID: sagaNumber(2), Version: 2}})
	c.put(known{state: domain.State{SagaID: sagaNumber(4), Version: 1}}) // 3 is the one that was not used
	c.drop(sagaNumber(9))
	for n, want := range map[byte]uint64{1: 1, 2: 2, 3: 0, 4: 1} {
		k, ok := c.get(sagaNumber(n))
		if ok != (want > 0) || k.state.Version != want {
			t.Errorf("saga %d: version %d, %v", n, k.state.Version, ok)
		}
	}
	c.drop(sagaNumber(4))
	if _, ok := c.get(sagaNumber(4)); ok || len(c.items) != 2 {
		t.Errorf("%d sagas after the drop", len(c.items))
	}
}
