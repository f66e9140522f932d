package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/skald-go/skald/eventstore"
)

// eventsPerInsert is how many events one statement inserts; the rest of a batch goes one by one.
const eventsPerInsert = 32

// writer is the one connection of the store that writes, with its statements.
type writer struct {
	gate gate
	db   *sql.DB
	conn *sql.Conn

	insertSaga, updateSaga, sagaVersion, insertEvent, insertEvents, lane, updateLane *sql.Stmt
}

func openWriter(ctx context.Context, path string, g gate, create bool) (*writer, error) {
	mode := "rw"
	if create {
		mode = "rwc"
	}
	address, err := dsn(path, mode, "journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)", "cache_size(-16000)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	w := &writer{gate: g, db: db}
	if w.conn, err = connect(ctx, db); err != nil {
		return nil, errors.Join(translateOpen(err), db.Close())
	}
	return w, nil
}

// connect opens the connection. Switching a new file to WAL needs it alone for a moment, and SQLite does not wait for that.
func connect(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	for {
		conn, err := db.Conn(ctx)
		if !isBusy(err) {
			return conn, err
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

// prepare makes the statements of Append, which need the tables.
func (w *writer) prepare(ctx context.Context) error {
	var err error
	statement := func(text string) *sql.Stmt {
		s, prepareErr := w.conn.PrepareContext(ctx, text)
		err = errors.Join(err, prepareErr)
		return s
	}
	w.insertSaga = statement(insertSagaSQL)
	w.updateSaga = statement(updateSagaSQL)
	w.sagaVersion = statement(sagaVersionSQL)
	w.insertEvent = statement(insertEventsSQL)
	w.insertEvents = statement(repeatRow(insertEventsSQL, eventsPerInsert))
	w.lane = statement(laneSQL)
	w.updateLane = statement(updateLaneSQL)
	return err
}

// transact runs work as one transaction that holds the write lock from its start. Once work has begun, the end of ctx no
// longer interrupts it: an append takes milliseconds, and an interrupted one would leave its caller in doubt. An error of
// work means that nothing was written; one of the commit wraps ErrAmbiguous where the file may say otherwise after a crash.
func (w *writer) transact(ctx context.Context, work func(ctx context.Context) error) error {
	if err := w.gate.enter(ctx); err != nil {
		return err
	}
	defer w.gate.leave()
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		w.rollback()
		return translate(err)
	}
	ctx = context.WithoutCancel(ctx)
	if err := work(ctx); err != nil {
		w.rollback()
		return translate(err)
	}
	if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
		w.rollback()
		if isIOError(err) {
			// The commit may stand in the file though its fsync failed: a crash now could bring it back.
			return fmt.Errorf("%w: %w", eventstore.ErrAmbiguous, err)
		}
		return translate(err)
	}
	return nil
}

// rollback ends whatever transaction there is; that there is none is no fault.
func (w *writer) rollback() {
	_, _ = w.conn.ExecContext(context.Background(), "ROLLBACK")
}

func (w *writer) close() error {
	_ = w.gate.enter(context.Background())
	defer w.gate.leave()
	return errors.Join(w.conn.Close(), w.db.Close())
}
