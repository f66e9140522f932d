package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// PutDefinition publishes a definition; see eventstore.DefinitionStore.
func (s *Store) PutDefinition(ctx context.Context, d eventstore.StoredDefinition) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	versions := s.definitions[d.Ref.Name]
	at, found := findVersion(versions, d.Ref.Version)
	if found {
		if versions[at].Ref.Digest != d.Ref.Digest {
			return eventstore.DefinitionChanged(versions[at].Ref, d.Ref)
		}
		return nil
	}
	s.definitions[d.Ref.Name] = slices.Insert(versions, at, copyDefinition(d))
	return nil
}

// Definition returns one version, or the newest when version is 0.
func (s *Store) Definition(ctx context.Context, name string, version int) (eventstore.StoredDefinition, error) {
	if err := ctx.Err(); err != nil {
		return eventstore.StoredDefinition{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	versions := s.definitions[name]
	at, found := findVersion(versions, version)
	if version == 0 && len(versions) > 0 {
		at, found = len(versions)-1, true
	}
	if !found {
		return eventstore.StoredDefinition{}, eventstore.NoDefinition(name, version)
	}
	return copyDefinition(versions[at]), nil
}

// Definitions returns all, ordered by name and version.
func (s *Store) Definitions(ctx context.Context) ([]eventstore.StoredDefinition, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []eventstore.StoredDefinition
	for _, name := range slices.Sorted(maps.Keys(s.definitions)) {
		for _, d := range s.definitions[name] {
			all = append(all, copyDefinition(d))
		}
	}
	return all, nil
}

func findVersion(versions []eventstore.StoredDefinition, version int) (at int, found bool) {
	return slices.BinarySearchFunc(versions, version, func(d eventstore.StoredDefinition, v int) int {
		return cmp.Compare(d.Ref.Version, v)
	})
}

func copyDefinition(d eventstore.StoredDefinition) eventstore.StoredDefinition {
	d.Document = bytes.Clone(d.Document)
	d.PublishedAt = d.PublishedAt.UTC().Truncate(time.Microsecond)
	return d
}
