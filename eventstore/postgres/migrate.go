package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/internal/migration"
)

// Migrate brings the store at the URL up to date, creating it where there is none, and returns what it applied. It needs
// the rights of the schema's owner or, for a new store, that of creating a schema in the database.
func Migrate(ctx context.Context, url string, options Options) ([]eventstore.Migration, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	return withPool(ctx, url, options, func(s *Store) ([]eventstore.Migration, error) { return s.Migrate(ctx) })
}

// MigrationStatus returns all migrations this program knows, and which of them the store at the URL has; it changes
// nothing. Where there is no store, it has none.
func MigrationStatus(ctx context.Context, url string) ([]eventstore.Migration, error) {
	options, err := Options{}.withDefaults()
	if err != nil {
		return nil, err
	}
	return withPool(ctx, url, options, func(s *Store) ([]eventstore.Migration, error) { return s.MigrationStatus(ctx) })
}

// withPool calls f with a store that is connected and nothing more.
func withPool(
	ctx context.Context, url string, options Options, f func(*Store) ([]eventstore.Migration, error),
) ([]eventstore.Migration, error) {
	config, q, err := parse(url, options.Logger)
	if err != nil {
		return nil, err
	}
	pool, err := openPool(ctx, config, q)
	if err != nil {
		return nil, translate(err)
	}
	defer pool.Close()
	return f(&Store{options: options, config: config, queries: q, pool: pool})
}

// Migrate applies what has yet to be applied; see eventstore.Migrator.
func (s *Store) Migrate(ctx context.Context) ([]eventstore.Migration, error) {
	var done []eventstore.Migration
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		done, err = s.migrate(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", translate(err))
	}
	for _, m := range done {
		s.options.Logger.InfoContext(ctx, "migrated the event store", "schema", s.queries.schema,
			"migration", fmt.Sprintf("%04d_%s", m.Number, m.Name))
	}
	return done, nil
}

// migrate applies the pending steps in one transaction under one lock, so that of several processes one migrates and the
// others find the work done. Where nothing is pending it needs no rights beyond reading.
func (s *Store) migrate(ctx context.Context, tx pgx.Tx) ([]eventstore.Migration, error) {
	if _, err := tx.Exec(ctx, s.queries.lockMigrations, s.queries.schema); err != nil {
		return nil, err
	}
	applied, err := s.appliedMigrations(ctx, tx)
	if err != nil {
		return nil, err
	}
	pending := migration.Pending(s.queries.migrations, applied)
	if len(pending) == 0 {
		return nil, runScript(ctx, tx, s.queries.grantWriter)
	}
	if err := s.createSchema(ctx, tx); err != nil {
		return nil, err
	}
	var done []eventstore.Migration
	for _, step := range pending {
		at := time.Now().UTC().Truncate(time.Microsecond)
		if err := runScript(ctx, tx, step.SQL); err != nil {
			return nil, fmt.Errorf("%04d_%s: %w", step.Number, step.Name, err)
		}
		if _, err := tx.Exec(ctx, s.queries.recordMigration, step.Number, step.Name, at); err != nil {
			return nil, err
		}
		done = append(done, eventstore.Migration{Number: step.Number, Name: step.Name, AppliedAt: at})
	}
	if _, err := tx.Exec(ctx, s.queries.createLanes, s.options.Lanes); err != nil {
		return nil, err
	}
	return done, runScript(ctx, tx, s.queries.grantWriter)
}

// createSchema makes the schema and the table of migrations where they are missing. An administrator may have made the
// schema for an owner who may not.
func (s *Store) createSchema(ctx context.Context, tx pgx.Tx) error {
	var there bool
	if err := tx.QueryRow(ctx, s.queries.hasSchema, s.queries.schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := tx.Exec(ctx, s.queries.createSchema); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, s.queries.createMigrations)
	return err
}

// MigrationStatus returns all migrations this program knows; see eventstore.Migrator.
func (s *Store) MigrationStatus(ctx context.Context) ([]eventstore.Migration, error) {
	applied, err := s.appliedMigrations(ctx, s.pool)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", translate(err))
	}
	return migration.Status(s.queries.migrations, applied), nil
}

func (s *Store) requireMigrated(ctx context.Context) error {
	applied, err := s.appliedMigrations(ctx, s.pool)
	if err != nil {
		return err
	}
	return migration.NotMigrated(s.queries.migrations, applied)
}

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

var (
	_ querier = (*pgxpool.Pool)(nil)
	_ querier = (pgx.Tx)(nil)
)

// appliedMigrations tells when each migration was applied; a database without the table has none.
func (s *Store) appliedMigrations(ctx context.Context, db querier) (map[int]time.Time, error) {
	var there bool
	if err := db.QueryRow(ctx, s.queries.hasMigrations).Scan(&there); err != nil || !there {
		return nil, err
	}
	applied := make(map[int]time.Time)
	rows, err := db.Query(ctx, s.queries.appliedMigrations)
	return applied, scan(rows, err, func(rows pgx.Rows) error {
		var number int
		var at time.Time
		err := rows.Scan(&number, &at)
		applied[number] = at.UTC()
		return err
	})
}

// runScript executes statements that are separated by semicolons.
func runScript(ctx context.Context, tx pgx.Tx, script string) error {
	_, err := tx.Conn().PgConn().Exec(ctx, script).ReadAll()
	return err
}

// scan calls each for every row and closes rows. err is the query's.
func scan(rows pgx.Rows, err error, each func(pgx.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return errors.Join(err, rows.Err())
		}
	}
	return rows.Err()
}
