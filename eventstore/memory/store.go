// Package memory keeps an event store in memory: for tests, and for trying Skald out. It runs the same protocol as the
// drivers that last, under one lock; what it holds is gone when the process ends.
package memory

import (
	"context"
	"fmt"
	"sync"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/internal/wakeup"
)

// Store is an eventstore.Store that forgets.
type Store struct {
	mu          sync.RWMutex
	lanes       []lanePart
	sagas       map[domain.SagaID]*saga
	definitions map[string][]eventstore.StoredDefinition // by name, in order of version
	letters     map[string]eventstore.DeadLetter
	appended    wakeup.Bell
}

var _ eventstore.Store = (*Store)(nil)

// lanePart is one part of the log. Offsets count from 1: the record at offset n stands at index n-1.
type lanePart struct {
	log  []eventstore.Record
	hash [32]byte // of the last record
	all  sortedIDs
	open sortedIDs // sagas that have not ended
}

func (l *lanePart) head() eventstore.Offset { return eventstore.Offset(len(l.log)) }

// saga is a saga's row and where its history stands in its lane.
type saga struct {
	head    eventstore.SagaHead
	offsets []eventstore.Offset
}

// New makes an empty store of the given number of lanes; 0 or less means eventstore.DefaultLanes. It panics on more than
// eventstore.MaxLanes.
func New(lanes int) *Store {
	if lanes <= 0 {
		lanes = eventstore.DefaultLanes
	}
	if lanes > eventstore.MaxLanes {
		panic(fmt.Sprintf("memory.New: %d lanes; at most %d", lanes, eventstore.MaxLanes))
	}
	return &Store{
		lanes:       make([]lanePart, lanes),
		sagas:       make(map[domain.SagaID]*saga),
		definitions: make(map[string][]eventstore.StoredDefinition),
		letters:     make(map[string]eventstore.DeadLetter),
	}
}

// Lanes is the number of lanes.
func (s *Store) Lanes() int { return len(s.lanes) }

// Appended returns a channel that receives a value after an append, until ctx ends.
func (s *Store) Appended(ctx context.Context) <-chan struct{} { return s.appended.Listen(ctx) }

// Close does nothing: there is nothing to release.
func (s *Store) Close() error { return nil }
