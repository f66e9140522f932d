package enginetest

import (
	"context"
	"fmt"
	"sync"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Fault is what happens to one append.
type Fault int

// The faults.
const (
	Works     Fault = iota
	Fails           // it has no effect, and says so
	Vanishes        // it takes effect, and its answer is lost: eventstore.ErrAmbiguous
	DiesFirst       // the process dies before it: neither it nor any later call reaches the store
	DiesAfter       // the process dies right after it: it takes effect, and no later call reaches the store
)

// Store is an event store as one process sees it, which fails as it is told. The store underneath may be shared.
type Store struct {
	eventstore.Store
	// Plan tells the fault of the nth append, from 1.
	Plan func(n int) Fault
	// Gate, when set, is called before each append takes place.
	Gate func()

	mu      sync.Mutex
	appends int
	reads   int
	dead    bool
	died    chan struct{}
}

// NewStore wraps a store; nil plans no faults.
func NewStore(store eventstore.Store, plan func(n int) Fault) *Store {
	if plan == nil {
		plan = func(int) Fault { return Works }
	}
	return &Store{Store: store, Plan: plan, died: make(chan struct{})}
}

// OnAppend plans one fault, for the nth append.
func OnAppend(n int, fault Fault) func(int) Fault {
	return func(m int) Fault {
		if m == n {
			return fault
		}
		return Works
	}
}

// Died is closed when the process that uses the store has died.
func (s *Store) Died() <-chan struct{} { return s.died }

// Kill makes every further call fail.
func (s *Store) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dead {
		s.dead = true
		close(s.died)
	}
}

// Dead reports whether the process has died.
func (s *Store) Dead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

// Appends counts the appends asked for.
func (s *Store) Appends() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.appends
}

// Reads counts the sagas read.
func (s *Store) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// Append appends, or fails as planned.
func (s *Store) Append(ctx context.Context, batches []eventstore.LaneAppend) ([]eventstore.LaneResult, error) {
	if s.Gate != nil {
		s.Gate()
	}
	s.mu.Lock()
	s.appends++
	fault := s.Plan(s.appends)
	s.mu.Unlock()
	if err := s.alive(); err != nil {
		return nil, err
	}
	switch fault {
	case Fails:
		return nil, fmt.Errorf("planned: %w", eventstore.ErrUnavailable)
	case DiesFirst:
		s.Kill()
		return nil, s.alive()
	}
	results, err := s.Store.Append(ctx, batches)
	switch {
	case err != nil || fault == Works:
		return results, err
	case fault == DiesAfter:
		s.Kill()
	}
	return nil, fmt.Errorf("planned: %w", eventstore.ErrAmbiguous)
}

// ReadSagas reads, or fails when the process is dead.
func (s *Store) ReadSagas(ctx context.Context, ids []domain.SagaID) ([][]eventstore.Record, error) {
	if err := s.alive(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.reads += len(ids)
	s.mu.Unlock()
	return s.Store.ReadSagas(ctx, ids)
}

// OpenSagas reads, or fails when the process is dead.
func (s *Store) OpenSagas(ctx context.Context, lane eventstore.Lane, after domain.SagaID, limit int) ([]eventstore.SagaHead, error) {
	if err := s.alive(); err != nil {
		return nil, err
	}
	return s.Store.OpenSagas(ctx, lane, after, limit)
}

func (s *Store) alive() error {
	if s.Dead() {
		return fmt.Errorf("this process is dead: %w", eventstore.ErrUnavailable)
	}
	return nil
}

// Publisher publishes for one process: not any more when that has died.
type Publisher struct {
	Process *Store
	Broker  *Participants
}

// Publish publishes, or fails when the process is dead.
func (p Publisher) Publish(ctx context.Context, messages []domain.Envelope) error {
	if err := p.Process.alive(); err != nil {
		return err
	}
	return p.Broker.Publish(ctx, messages)
}
