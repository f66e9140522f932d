package backend

import (
	"context"
	"log/slog"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/memory"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/eventstore/sqlite"
)

// StoreOptions say how a store is opened.
type StoreOptions struct {
	Migrate bool // create or update its tables first
	Lanes   int  // of a store that is created now; 0 means eventstore.DefaultLanes
	Logger  *slog.Logger
}

// OpenStore opens a store; it fails when its server does not answer.
func OpenStore(ctx context.Context, a Address, o StoreOptions) (eventstore.Store, error) {
	switch a.Kind {
	case Memory:
		return memory.New(o.Lanes), nil
	case SQLite:
		return sqlite.Open(ctx, a.Target, sqlite.Options{Migrate: o.Migrate, Lanes: o.Lanes, Logger: o.Logger})
	case Postgres:
		return postgres.Open(ctx, a.Target, postgres.Options{Migrate: o.Migrate, Lanes: o.Lanes, Logger: o.Logger})
	}
	return nil, &AddressError{"store: " + a.String() + " is a broker; use sqlite:FILE, postgres://USER@HOST/DATABASE or memory:"}
}
