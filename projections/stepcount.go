package projections

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// stepCounts knows how many steps the definitions have. Published definitions never change, so what is known stays so.
type stepCounts struct {
	store eventstore.DefinitionStore
	mu    sync.Mutex
	known map[domain.DefinitionRef]int
}

func newStepCounts(store eventstore.DefinitionStore) *stepCounts {
	return &stepCounts{store: store, known: make(map[domain.DefinitionRef]int)}
}

// of is the number of steps of a definition; 0 when the store has not got it. The error is the store's.
func (c *stepCounts) of(ctx context.Context, ref domain.DefinitionRef) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if count, ok := c.known[ref]; ok {
		return count, nil
	}
	stored, err := c.store.Definition(ctx, ref.Name, ref.Version)
	if errors.Is(err, eventstore.ErrNoDefinition) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read definition %s version %d: %w", ref.Name, ref.Version, err)
	}
	// Only the steps are counted, so a definition in a newer Skald's language is no obstacle.
	var document struct {
		Steps []json.RawMessage `json:"steps"`
	}
	if err := json.Unmarshal(stored.Document, &document); err != nil {
		return 0, fmt.Errorf("definition %s version %d: %w", ref.Name, ref.Version, err)
	}
	c.known[ref] = len(document.Steps)
	return len(document.Steps), nil
}
