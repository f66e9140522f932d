package sqlite

import (
	"fmt"
	"log/slog"

	"github.com/skald-go/skald/eventstore"
)

// Options says how a store is opened. The zero Options opens a store that is there.
type Options struct {
	// Lanes is the number of lanes of a store that Migrate creates; 0 means eventstore.DefaultLanes. A store that is there
	// keeps the number it was created with.
	Lanes int
	// Migrate makes Open create the store where there is none, and bring an older one up to date.
	Migrate bool
	// Logger hears of migrations; nil means silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if o.Lanes == 0 {
		o.Lanes = eventstore.DefaultLanes
	}
	if o.Lanes < 1 || o.Lanes > eventstore.MaxLanes {
		return o, fmt.Errorf("sqlite: %d lanes; a store has 1 to %d", o.Lanes, eventstore.MaxLanes)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
