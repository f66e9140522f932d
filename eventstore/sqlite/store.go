// Package sqlite keeps an event store in one SQLite file, with a driver in pure Go: nothing to install.
//
// The file is in WAL mode and commits with synchronous=FULL: what Append has acknowledged survives a power cut. Readers
// never wait for the writer. There is one writer at a time; within a process writers queue in the order in which they
// came, and several processes may share the file (on a local disk: SQLite's locks do not work over a network).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/internal/wakeup"
)

// Store is an eventstore.Store in a SQLite file.
type Store struct {
	path     string
	options  Options
	lanes    int
	gate     gate
	writer   *writer
	readers  *sql.DB
	appended wakeup.Bell

	shared     *sql.DB // what SQL returns
	sharedOnce sync.Once
}

var (
	_ eventstore.Store      = (*Store)(nil)
	_ eventstore.SQLBackend = (*Store)(nil)
	_ eventstore.Migrator   = (*Store)(nil)
)

// Open opens the store in the given file; its folder must exist. Without Options.Migrate the error is ErrNotMigrated when
// the file holds no store or one older than this program.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, options: options, gate: newGate()}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open event store %s: %w", path, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	var err error
	if s.writer, err = openWriter(ctx, s.path, s.gate, s.options.Migrate); err != nil {
		return err
	}
	if s.options.Migrate {
		if _, err := s.Migrate(ctx); err != nil {
			return err
		}
	}
	if err := s.writer.requireMigrated(ctx); err != nil {
		return err
	}
	if err := s.writer.prepare(ctx); err != nil {
		return translate(err)
	}
	if err := s.writer.conn.QueryRowContext(ctx, countLanesSQL).Scan(&s.lanes); err != nil {
		return translate(err)
	}
	s.readers, err = openReaders(s.path, max(4, runtime.GOMAXPROCS(0)))
	return err
}

// Lanes is the number of lanes, fixed when the store was created.
func (s *Store) Lanes() int { return s.lanes }

// Appended returns a channel that receives a value after an append of this process, until ctx ends. Appends of other
// processes wake nobody.
func (s *Store) Appended(ctx context.Context) <-chan struct{} { return s.appended.Listen(ctx) }

// SQL returns the file as a database for tables of others. Its transactions that write begin at once with the write lock
// (BEGIN IMMEDIATE) and queue with the appends of this process in the order in which they came; those begun as read-only
// wait for nobody.
func (s *Store) SQL() (*sql.DB, eventstore.Dialect) {
	s.sharedOnce.Do(func() { s.shared = openShared(s.path, s.gate) })
	return s.shared, eventstore.SQLite
}

// Close waits for the write under way and closes the file.
func (s *Store) Close() error {
	var errs []error
	s.sharedOnce.Do(func() {}) // SQL after Close returns nil
	if s.shared != nil {
		errs = append(errs, s.shared.Close())
	}
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	return errors.Join(errs...)
}
