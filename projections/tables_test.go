package projections_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
)

// TestEveryColumnIsDocumented: in Postgres by a comment, and in docs/tables.md; and both databases have the same columns.
func TestEveryColumnIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/tables.md")
	if err != nil {
		t.Fatal(err)
	}
	const (
		builtIn    = `('saga_status', 'saga_steps', 'correlations', 'checkpoints', 'projection_parked')`
		inPostgres = `SELECT table_name || '.' || column_name, coalesce(col_description(table_name::regclass, ordinal_position), '')
			FROM information_schema.columns WHERE table_schema = 'skald' AND table_name IN ` + builtIn + ` ORDER BY 1`
		inSQLite = `SELECT m.name || '.' || c.name, 'in the migration file' FROM sqlite_master AS m, pragma_table_info(m.name) AS c
			WHERE m.type = 'table' AND m.name IN ` + builtIn + ` ORDER BY 1`
	)
	postgres := columns(t, openPostgres(t), inPostgres)
	sqlite := columns(t, openSQLite(t), inSQLite)
	if !slices.Equal(postgres, sqlite) {
		t.Errorf("columns differ:\npostgres %v\nsqlite   %v", postgres, sqlite)
	}
	for _, column := range postgres {
		if _, name, _ := strings.Cut(column, "."); !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/tables.md says nothing of %s", column)
		}
	}
}

func columns(t *testing.T, store eventstore.Store, query string) []string {
	t.Helper()
	newRunner(t, store, projections.Options{})
	db, _ := store.(eventstore.SQLBackend).SQL()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var found []string
	for rows.Next() {
		var column, comment string
		if err := rows.Scan(&column, &comment); err != nil {
			t.Fatal(err)
		}
		if comment == "" {
			t.Errorf("%s has no comment", column)
		}
		found = append(found, column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
