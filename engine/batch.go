package engine

import (
	"cmp"
	"slices"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// batch is what one append takes: turns with events, at most one a saga.
type batch struct {
	turns  map[domain.SagaID]*turn
	lanes  map[eventstore.Lane][]*turn
	inputs int
}

func newBatch() *batch {
	return &batch{turns: map[domain.SagaID]*turn{}, lanes: map[eventstore.Lane][]*turn{}}
}

func (b *batch) empty() bool { return len(b.turns) == 0 }

func (b *batch) add(t *turn, lane eventstore.Lane) {
	b.turns[t.id()] = t
	b.lanes[lane] = append(b.lanes[lane], t)
	b.inputs += len(t.inputs)
}

// appends is the batch as the store takes it, lanes ascending.
func (b *batch) appends() []eventstore.LaneAppend {
	appends := make([]eventstore.LaneAppend, 0, len(b.lanes))
	for lane, turns := range b.lanes {
		sagas := make([]eventstore.SagaAppend, len(turns))
		for i, t := range turns {
			sagas[i] = t.append()
		}
		appends = append(appends, eventstore.LaneAppend{Lane: lane, Sagas: sagas})
	}
	slices.SortFunc(appends, func(a, b eventstore.LaneAppend) int { return cmp.Compare(a.Lane, b.Lane) })
	return appends
}

// split tells the turns that are durable, with the offsets they reached, from those that somebody else was ahead of.
func (b *batch) split(results []eventstore.LaneResult) (won, lost []*turn) {
	for _, result := range results {
		conflicts := make(map[domain.SagaID]bool, len(result.Conflicts))
		for _, c := range result.Conflicts {
			conflicts[c.SagaID] = true
		}
		next := result.First
		for _, t := range b.lanes[result.Lane] {
			if conflicts[t.id()] {
				lost = append(lost, t)
				continue
			}
			next += eventstore.Offset(len(t.events))
			t.reached(next - 1)
			won = append(won, t)
		}
	}
	return won, lost
}
