package projections

import (
	"context"
	"database/sql"
	"fmt"

	_ "modernc.org/sqlite" // for a store that has no database of its own

	"github.com/skald-go/skald/eventstore"
)

// database is where the read models live: the store's own, or a private one in memory.
type database struct {
	db      *sql.DB
	dialect eventstore.Dialect
	private bool // opened here, to be closed here
}

func openDatabase(store eventstore.Store) (*database, error) {
	if backend, ok := store.(eventstore.SQLBackend); ok {
		db, dialect := backend.SQL()
		return &database{db: db, dialect: dialect}, nil
	}
	db, err := sql.Open("sqlite", "file::memory:?_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open the read models' database in memory: %w", err)
	}
	// Each connection to :memory: is a database of its own, which lives as long as the connection.
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)
	db.SetConnMaxIdleTime(0)
	return &database{db: db, dialect: eventstore.SQLite, private: true}, nil
}

func (d *database) close() error {
	if !d.private {
		return nil
	}
	return d.db.Close()
}

// write runs fn in a transaction and commits it, unless fn returns an error: then everything is rolled back and the
// error returned. On SQLite the transaction takes the write lock when it begins, so that what fn reads is still so when
// it writes.
func (d *database) write(ctx context.Context, fn func(tx *Tx) error) error {
	return d.transact(ctx, nil, fn)
}

// read runs fn on one snapshot of the database.
func (d *database) read(ctx context.Context, fn func(tx *Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if d.dialect == eventstore.Postgres {
		options.Isolation = sql.LevelRepeatableRead // SQLite knows no other and takes no name for it
	}
	return d.transact(ctx, options, fn)
}

func (d *database) transact(ctx context.Context, options *sql.TxOptions, fn func(tx *Tx) error) error {
	tx, err := d.db.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := fn(&Tx{conn: tx, dialect: d.dialect}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
