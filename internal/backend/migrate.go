package backend

import (
	"context"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/eventstore/sqlite"
)

// Migrate creates a store's tables or brings them up to date, and returns what it applied. A memory store has none.
func Migrate(ctx context.Context, a Address, o StoreOptions) ([]eventstore.Migration, error) {
	switch a.Kind {
	case SQLite:
		return sqlite.Migrate(ctx, a.Target, sqlite.Options{Lanes: o.Lanes, Logger: o.Logger})
	case Postgres:
		return postgres.Migrate(ctx, a.Target, postgres.Options{Lanes: o.Lanes, Logger: o.Logger})
	}
	return nil, nil
}

// MigrationStatus returns all migrations of the store's kind that this program knows, and which of them were applied.
// It changes nothing.
func MigrationStatus(ctx context.Context, a Address) ([]eventstore.Migration, error) {
	switch a.Kind {
	case SQLite:
		return sqlite.MigrationStatus(ctx, a.Target)
	case Postgres:
		return postgres.MigrationStatus(ctx, a.Target)
	}
	return nil, nil
}
