package projections

import (
	"container/list"

	"github.com/skald-go/skald/domain"
)

// states keeps the states of the sagas that were touched last. A state is a pure function of history, so one that is
// kept never becomes wrong; it can only be of another version than the one wanted.
type states struct {
	limit int
	order *list.List // of domain.State, most recently used first
	byID  map[domain.SagaID]*list.Element
}

func newStates(limit int) *states {
	return &states{limit: limit, order: list.New(), byID: make(map[domain.SagaID]*list.Element)}
}

func (s *states) get(id domain.SagaID) (domain.State, bool) {
	element, ok := s.byID[id]
	if !ok {
		return domain.State{}, false
	}
	s.order.MoveToFront(element)
	return element.Value.(domain.State), true
}

// put keeps a state. One that has ended is dropped instead: no event follows it.
func (s *states) put(state domain.State) {
	element, ok := s.byID[state.SagaID]
	switch {
	case ok && state.Status.Terminal():
		s.order.Remove(element)
		delete(s.byID, state.SagaID)
	case state.Status.Terminal():
	case ok:
		element.Value = state
		s.order.MoveToFront(element)
	default:
		s.byID[state.SagaID] = s.order.PushFront(state)
		if s.order.Len() > s.limit {
			oldest := s.order.Back()
			s.order.Remove(oldest)
			delete(s.byID, oldest.Value.(domain.State).SagaID)
		}
	}
}
