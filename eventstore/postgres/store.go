// Package postgres keeps an event store in a schema of a PostgreSQL database, version 13 or later.
//
// # Appending
//
// An append is one call of the function append_v1: one round trip and one transaction. It locks the rows of its lanes in
// ascending order and holds them until it has committed. A reader therefore never sees an offset before a lower one, asks
// nothing about other transactions, and is held up by none: neither by one that stands open for hours, nor in another
// database of the server. Read from the primary only: a replica may show commits in another order.
//
// # Roles
//
// Migrations belong to the owner of the schema; they create the group role skald_writer, unless the owner may not create
// roles (a warning says so). Programs that run sagas should log in as a member of it:
//
//	CREATE ROLE skald_app LOGIN PASSWORD '...' IN ROLE skald_writer;
//
// It may do all that this driver does. Of events it may SELECT and INSERT; UPDATE, DELETE and TRUNCATE are refused to it
// by its rights, and to everybody, the owner included, by a trigger.
//
// # The URL
//
// Parameters beyond those of libpq: skald_schema names the schema ("skald"); pool_max_conns and the other pool_…
// parameters are those of pgxpool. Behind a pooler such as PgBouncer use session pooling, or give appends a direct address.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/skald-go/skald/eventstore"
)

// Store is an eventstore.Store in PostgreSQL.
type Store struct {
	options Options
	config  *pgxpool.Config
	queries *queries
	pool    *pgxpool.Pool
	lanes   int
	wakeups *wakeups

	shared     *sql.DB // what SQL returns
	sharedOnce sync.Once
}

var (
	_ eventstore.Store      = (*Store)(nil)
	_ eventstore.SQLBackend = (*Store)(nil)
	_ eventstore.Migrator   = (*Store)(nil)
)

// Open connects to the store. Errors that callers branch on are ErrUnavailable, when the server cannot be reached (Open
// tries once), and, without Options.Migrate, ErrNotMigrated.
func Open(ctx context.Context, url string, options Options) (*Store, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Store{options: options}
	if s.config, s.queries, err = parse(url, options.Logger); err != nil {
		return nil, fmt.Errorf("open event store: %w", err)
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open event store: %w", translate(err)), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	var err error
	// The pool outlives ctx, which bounds the opening only.
	if s.pool, err = openPool(context.WithoutCancel(ctx), s.config, s.queries); err != nil {
		return err
	}
	if s.options.Migrate {
		if _, err := s.Migrate(ctx); err != nil {
			return err
		}
	}
	if err := s.requireMigrated(ctx); err != nil {
		return err
	}
	if err := s.pool.QueryRow(ctx, s.queries.countLanes).Scan(&s.lanes); err != nil {
		return err
	}
	s.wakeups = startWakeups(s)
	return nil
}

// Lanes is the number of lanes, fixed when the store was created.
func (s *Store) Lanes() int { return s.lanes }

// Appended returns a channel that receives a value soon after an append, of this process or, by NOTIFY, of another,
// until ctx ends.
func (s *Store) Appended(ctx context.Context) <-chan struct{} { return s.wakeups.listen(ctx) }

// SQL returns the database for tables of others, with connections of its own. Plain table names mean those of the
// store's schema.
func (s *Store) SQL() (*sql.DB, eventstore.Dialect) {
	s.sharedOnce.Do(func() { s.shared = openShared(s.config, s.queries) })
	return s.shared, eventstore.Postgres
}

// Close waits for calls under way and closes all connections.
func (s *Store) Close() error {
	if s.wakeups != nil {
		s.wakeups.stop()
	}
	var err error
	s.sharedOnce.Do(func() {}) // SQL after Close returns nil
	if s.shared != nil {
		err = s.shared.Close()
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return err
}
