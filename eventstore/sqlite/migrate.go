package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/internal/migration"
)

// Migrate brings the store in the given file up to date, creating it where there is none, and returns what it applied.
func Migrate(ctx context.Context, path string, options Options) ([]eventstore.Migration, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	w, err := openWriter(ctx, path, newGate(), true)
	if err != nil {
		return nil, fmt.Errorf("migrate %s: %w", path, err)
	}
	applied, err := w.migrate(ctx, options)
	return applied, errors.Join(err, w.close())
}

// MigrationStatus returns all migrations this program knows, and which of them the given file has; it changes nothing.
// A file that does not exist has none.
func MigrationStatus(ctx context.Context, path string) ([]eventstore.Migration, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return migration.Status(migrations, nil), nil
	}
	db, err := openReaders(path, 1)
	if err != nil {
		return nil, err
	}
	applied, err := appliedMigrations(ctx, db)
	return migration.Status(migrations, applied), errors.Join(translateOpen(err), db.Close())
}

// Migrate applies what has yet to be applied; see eventstore.Migrator.
func (s *Store) Migrate(ctx context.Context) ([]eventstore.Migration, error) {
	return s.writer.migrate(ctx, s.options)
}

// MigrationStatus returns all migrations this program knows; see eventstore.Migrator.
func (s *Store) MigrationStatus(ctx context.Context) ([]eventstore.Migration, error) {
	applied, err := appliedMigrations(ctx, s.readers)
	return migration.Status(migrations, applied), translate(err)
}

// migrate applies the pending steps in one transaction. It holds the write lock, so that of several processes one
// migrates and the others find the work done.
func (w *writer) migrate(ctx context.Context, options Options) ([]eventstore.Migration, error) {
	var done []eventstore.Migration
	err := w.transact(ctx, func(ctx context.Context) error {
		if _, err := w.conn.ExecContext(ctx, createMigrationsSQL); err != nil {
			return err
		}
		applied, err := appliedMigrations(ctx, w.conn)
		if err != nil {
			return err
		}
		for _, step := range migration.Pending(migrations, applied) {
			at := time.Now().UTC().Truncate(time.Microsecond)
			if _, err := w.conn.ExecContext(ctx, step.SQL); err != nil {
				return fmt.Errorf("migration %04d_%s: %w", step.Number, step.Name, err)
			}
			if _, err := w.conn.ExecContext(ctx, recordMigrationSQL, step.Number, step.Name, at.UnixMicro()); err != nil {
				return err
			}
			done = append(done, eventstore.Migration{Number: step.Number, Name: step.Name, AppliedAt: at})
		}
		_, err = w.conn.ExecContext(ctx, createLanesSQL, options.Lanes)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, m := range done {
		options.Logger.InfoContext(ctx, "migrated the event store", "migration", fmt.Sprintf("%04d_%s", m.Number, m.Name))
	}
	return done, nil
}

func (w *writer) requireMigrated(ctx context.Context) error {
	applied, err := appliedMigrations(ctx, w.conn)
	if err != nil {
		return translateOpen(err)
	}
	return migration.NotMigrated(migrations, applied)
}

// querier is a *sql.DB or a *sql.Conn.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// appliedMigrations tells when each migration was applied; a file without the table has none.
func appliedMigrations(ctx context.Context, db querier) (map[int]time.Time, error) {
	var tables int
	if err := db.QueryRowContext(ctx, hasTableSQL, "migrations").Scan(&tables); err != nil || tables == 0 {
		return nil, err
	}
	applied := make(map[int]time.Time)
	rows, err := db.QueryContext(ctx, appliedMigrationsSQL)
	return applied, scan(rows, err, func(rows *sql.Rows) error {
		var number int
		var at int64
		err := rows.Scan(&number, &at)
		applied[number] = time.UnixMicro(at).UTC()
		return err
	})
}
