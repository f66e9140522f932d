package memory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// PutDeadLetter keeps a letter, unless one with its ID is there already.
func (s *Store) PutDeadLetter(ctx context.Context, d eventstore.DeadLetter) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.letters[d.ID]; !there {
		s.letters[d.ID] = copyLetter(d)
	}
	return nil
}

// DeadLetters returns unresolved letters, newest first; see eventstore.DeadLetterStore.
func (s *Store) DeadLetters(ctx context.Context, before string, limit int) ([]eventstore.DeadLetter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var letters []eventstore.DeadLetter
	for id, d := range s.letters {
		if d.Resolution == "" && (before == "" || id < before) {
			letters = append(letters, copyLetter(d))
		}
	}
	slices.SortFunc(letters, func(a, b eventstore.DeadLetter) int { return strings.Compare(b.ID, a.ID) })
	return letters[:min(len(letters), max(limit, 0))], nil
}

// DeadLetter returns one letter.
func (s *Store) DeadLetter(ctx context.Context, id string) (eventstore.DeadLetter, error) {
	if err := ctx.Err(); err != nil {
		return eventstore.DeadLetter{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	d, there := s.letters[id]
	if !there {
		return eventstore.DeadLetter{}, eventstore.NoDeadLetter(id)
	}
	return copyLetter(d), nil
}

// ResolveDeadLetter records what a person did with a letter; see eventstore.DeadLetterStore.
func (s *Store) ResolveDeadLetter(ctx context.Context, id, resolution, actor string, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, there := s.letters[id]
	if !there {
		return eventstore.NoDeadLetter(id)
	}
	if d.Resolution != "" {
		return eventstore.DeadLetterResolved(d)
	}
	d.Resolution, d.ResolvedBy, d.ResolvedAt = resolution, actor, at.UTC().Truncate(time.Microsecond)
	s.letters[id] = d
	return nil
}

// copyLetter is d as every driver gives it back: with a list of fields of its own, times in UTC and microseconds.
func copyLetter(d eventstore.DeadLetter) eventstore.DeadLetter {
	d.Fields = slices.Clone(d.Fields)
	d.At = d.At.UTC().Truncate(time.Microsecond)
	return d
}
