package eventstore

import (
	"context"
	"database/sql"
	"time"
)

// Dialect names a database's way with SQL, where the two differ.
type Dialect string

// The dialects.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// SQLBackend is a store that keeps its tables in a SQL database, in which others (projections) may keep theirs.
type SQLBackend interface {
	// SQL returns the store's database; the store closes it. Plain table names mean tables of the store, in Postgres those
	// of its schema. It has connections of its own, so that what is done with it never holds up an append for longer than
	// the database itself does: keep transactions that write short.
	SQL() (*sql.DB, Dialect)
}

// Migration is one numbered step of a store's schema.
type Migration struct {
	Number    int
	Name      string
	AppliedAt time.Time // zero: it has yet to be applied
}

// Migrator is a store whose schema is kept by migrations.
type Migrator interface {
	// Migrate applies what has yet to be applied, all or nothing, and returns what it applied. It is safe to call again
	// and from several processes at once.
	Migrate(ctx context.Context) ([]Migration, error)
	// MigrationStatus returns all migrations this program knows, in order.
	MigrationStatus(ctx context.Context) ([]Migration, error)
}
