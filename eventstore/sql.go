package eventstore

import "database/sql"

// Dialect names the SQL that a backend speaks.
type Dialect string

// The dialects.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// SQLBackend is a store that keeps its log in an SQL database and lets read models live in the same one, so that their
// rows and their checkpoints commit together.
type SQLBackend interface {
	Store

	// SQL is the database and what it speaks. The handle belongs to the store: it is closed with it, and a caller that
	// holds a transaction of it open must not call the store meanwhile (on SQLite both may wait for the one writer).
	SQL() (*sql.DB, Dialect)

	// Schema is the Postgres schema that the store's tables live in; "" on SQLite, where names are plain.
	Schema() string
}
