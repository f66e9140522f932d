package projections

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/skald-go/skald/eventstore"
)

//go:embed migration
var migrationFiles embed.FS

// Migration is one numbered change of the read models' tables.
type Migration struct {
	Number    int       `json:"number"`
	Name      string    `json:"name"`
	AppliedAt time.Time `json:"applied_at,omitzero"` // zero: not applied yet
	text      string
}

// Migrate creates the tables of the read models in the store's database, or brings them up to date. It does nothing for
// a store that keeps no database, nor where nothing is missing; processes that call it at once wait for each other. The
// store itself must have been migrated before.
func Migrate(ctx context.Context, store eventstore.Store) error {
	db, err := openDatabase(store)
	if err != nil || db.private {
		return err
	}
	return db.migrate(ctx)
}

// Migrations lists the migrations of this build in order, with the moments when they were applied to the store's
// database. A store that keeps no database has none.
func Migrations(ctx context.Context, store eventstore.Store) ([]Migration, error) {
	db, err := openDatabase(store)
	if err != nil || db.private {
		return nil, err
	}
	return db.migrations(ctx)
}

const createMigrations = `CREATE TABLE IF NOT EXISTS projection_migrations (
	number     integer NOT NULL PRIMARY KEY,
	name       text    NOT NULL,
	applied_at %s      NOT NULL
)`

// migrationLock is a number of our own for Postgres' advisory locks.
const migrationLock = 0x736b616c64_70 // "skaldp"

func (d *database) migrate(ctx context.Context) error {
	all, err := d.embedded()
	if err != nil {
		return err
	}
	err = d.write(ctx, func(tx *Tx) error {
		columnType := "text"
		if d.dialect == eventstore.Postgres {
			columnType = "timestamptz"
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
				return fmt.Errorf("wait for other migrations: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, fmt.Sprintf(createMigrations, columnType)); err != nil {
			return err
		}
		done, err := appliedMigrations(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range all {
			if _, applied := done[m.Number]; applied {
				continue
			}
			if _, err := tx.Exec(ctx, m.text); err != nil {
				return fmt.Errorf("migration %d %s: %w", m.Number, m.Name, err)
			}
			_, err := tx.Exec(ctx, "INSERT INTO projection_migrations (number, name, applied_at) VALUES ($1, $2, $3)",
				m.Number, m.Name, tx.Time(time.Now()))
			if err != nil {
				return fmt.Errorf("migration %d %s: %w", m.Number, m.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("migrate the projections' tables: %w", err)
	}
	return nil
}

func (d *database) migrations(ctx context.Context) ([]Migration, error) {
	all, err := d.embedded()
	if err != nil {
		return nil, err
	}
	err = d.read(ctx, func(tx *Tx) error {
		exists, err := d.hasTable(ctx, tx, "projection_migrations")
		if err != nil || !exists {
			return err
		}
		done, err := appliedMigrations(ctx, tx)
		for i := range all {
			all[i].AppliedAt = done[all[i].Number]
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return all, nil
}

// checkMigrated fails with ErrNotMigrated when a migration of this build has not been applied.
func (d *database) checkMigrated(ctx context.Context) error {
	all, err := d.migrations(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.AppliedAt.IsZero() {
			return fmt.Errorf("migration %d %s: %w", m.Number, m.Name, ErrNotMigrated)
		}
	}
	return nil
}

// hasTable looks for a table under its plain name, as statements do.
func (d *database) hasTable(ctx context.Context, tx *Tx, name string) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
	if d.dialect == eventstore.Postgres {
		query = "SELECT count(to_regclass($1))"
	}
	var count int
	err := tx.one(ctx, query, []any{name}, &count)
	return count > 0, err
}

func appliedMigrations(ctx context.Context, tx *Tx) (map[int]time.Time, error) {
	rows, err := tx.Query(ctx, "SELECT number, applied_at FROM projection_migrations")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	done := make(map[int]time.Time)
	for rows.Next() {
		var number int
		var at moment
		if err := rows.Scan(&number, &at); err != nil {
			return nil, err
		}
		done[number] = at.Time
	}
	return done, rows.Err()
}

// embedded lists the migrations of the dialect in order. Their files are called NNNN_name.sql.
func (d *database) embedded() ([]Migration, error) {
	paths, err := fs.Glob(migrationFiles, "migration/"+string(d.dialect)+"/*.sql") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var all []Migration
	for _, path := range paths {
		text, err := migrationFiles.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		base := strings.TrimSuffix(path[strings.LastIndex(path, "/")+1:], ".sql")
		digits, name, _ := strings.Cut(base, "_")
		number, err := strconv.Atoi(digits)
		if err != nil {
			return nil, fmt.Errorf("migration %s: its name must begin with a number: %w", path, err)
		}
		all = append(all, Migration{Number: number, Name: name, text: string(text)})
	}
	return all, nil
}
