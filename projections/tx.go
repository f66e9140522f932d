package projections

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// Tx is the transaction that a batch is applied in. Parameters are written $1, $2 … in both dialects. While a rebuild
// runs, the names of the projection's own tables stand for their shadows wherever they occur as a word in a statement.
//
// A Tx is for one goroutine, and only until Apply returns.
type Tx struct {
	conn    *sql.Tx
	dialect eventstore.Dialect
	shadow  *shadow // nil: the real tables
}

// Dialect is what the database speaks.
func (tx *Tx) Dialect() eventstore.Dialect { return tx.dialect }

// lookUpByKey keeps Postgres, for this transaction, from reading whole tables to find a few hundred rows. Until a table has
// been analysed the planner knows nothing of how many rows a value stands for (docs/performance.md has what was seen).
func (tx *Tx) lookUpByKey(ctx context.Context) error {
	if tx.dialect != eventstore.Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = off")
	return err
}

// Exec runs a statement and returns the number of rows it changed.
func (tx *Tx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := tx.conn.ExecContext(ctx, tx.rename(statement), args...)
	if err != nil {
		return 0, err
	}
	changed, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("rows affected: %w", err)
	}
	return changed, nil
}

// Query runs a query. Its rows must be closed before the next call.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return tx.conn.QueryContext(ctx, tx.rename(query), args...)
}

// Time is a moment as the dialect stores it: itself for a timestamptz of Postgres, text that sorts for SQLite. The zero
// time is NULL.
func (tx *Tx) Time(t time.Time) any { return timeValue(tx.dialect, t) }

func timeValue(dialect eventstore.Dialect, t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case dialect == eventstore.Postgres:
		return t.UTC()
	default:
		return t.UTC().Format(sqliteTime)
	}
}

// sqliteTime has always the same length, so that text order is time order.
const sqliteTime = "2006-01-02T15:04:05.000000Z"

func (tx *Tx) rename(statement string) string {
	if tx.shadow == nil {
		return statement
	}
	return tx.shadow.rename(statement)
}

// shadow knows the tables that stand in for a projection's own while it is rebuilt.
type shadow struct {
	words *regexp.Regexp
	known map[string]string // statements renamed before
}

const shadowSuffix = "_rebuild"

func newShadow(p Projection) *shadow {
	pattern := `\b(`
	for i, table := range p.Tables() {
		if i > 0 {
			pattern += "|"
		}
		pattern += regexp.QuoteMeta(table.Name)
	}
	return &shadow{words: regexp.MustCompile(pattern + `)\b`), known: make(map[string]string)}
}

func (s *shadow) rename(statement string) string {
	renamed, ok := s.known[statement]
	if !ok {
		renamed = s.words.ReplaceAllString(statement, "${1}"+shadowSuffix)
		s.known[statement] = renamed
	}
	return renamed
}

// one reads the single row of a query.
func (tx *Tx) one(ctx context.Context, query string, args []any, into ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	return rows.Close()
}
