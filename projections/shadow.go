package projections

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/skald-go/skald/eventstore"
)

// createShadow makes an empty copy of a table, with its constraints and indexes, in place of one that was left behind.
func createShadow(ctx context.Context, tx *Tx, table string) error {
	copied := table + shadowSuffix
	if _, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+copied); err != nil {
		return err
	}
	if tx.dialect == eventstore.Postgres {
		_, err := tx.Exec(ctx, "CREATE TABLE "+copied+" (LIKE "+table+" INCLUDING ALL)")
		return err
	}
	statements, err := definitionsOf(ctx, tx, table)
	if err != nil {
		return err
	}
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(table) + `\b`)
	for _, d := range statements {
		text := word.ReplaceAllString(d.text, copied)
		if d.kind == "index" { // index names are shared by the whole database
			text = regexp.MustCompile(`\b`+regexp.QuoteMeta(d.name)+`\b`).ReplaceAllString(text, d.name+shadowSuffix)
		}
		if _, err := tx.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// definition is a statement that SQLite keeps about a table or an index of it.
type definition struct{ kind, name, text string }

// definitionsOf returns the statements that made a table and its indexes, the table first.
func definitionsOf(ctx context.Context, tx *Tx, table string) ([]definition, error) {
	rows, err := tx.Query(ctx, "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = $1 AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC", table)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []definition
	for rows.Next() {
		var d definition
		if err := rows.Scan(&d.kind, &d.name, &d.text); err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no table %s; the projection's Setup must create it", table)
	}
	return found, nil
}

// replaceRows makes a table equal to its shadow, writing only what differs, and returns the number of rows that did.
// Rather than putting the shadow in the table's place it leaves the table where it is: views of it and grants on it stay.
func replaceRows(ctx context.Context, tx *Tx, table Table) (int64, error) {
	strays, err := tx.Exec(ctx, removeStrays(table))
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, removeDiffering(tx.dialect, table)); err != nil {
		return 0, err
	}
	added, err := tx.Exec(ctx, addMissing(table))
	return strays + added, err
}

// removeStrays deletes the rows that the shadow does not have.
func removeStrays(table Table) string {
	return "DELETE FROM " + table.Name + " AS live WHERE NOT EXISTS (SELECT 1 FROM " + table.Name + shadowSuffix +
		" AS fresh WHERE " + sameKey(table) + ")"
}

// removeDiffering deletes the rows that the shadow has otherwise.
func removeDiffering(dialect eventstore.Dialect, table Table) string {
	copied := table.Name + shadowSuffix
	if dialect == eventstore.Postgres {
		// Whole rows are compared as text: columns may be of types without equality, such as json.
		return "DELETE FROM " + table.Name + " AS live USING " + copied + " AS fresh WHERE " +
			sameKey(table) + " AND CAST(fresh AS text) <> CAST(live AS text)"
	}
	key := strings.Join(table.Key, ", ")
	return "DELETE FROM " + table.Name + " WHERE (" + key + ") IN (SELECT " + key +
		" FROM (SELECT * FROM " + table.Name + " EXCEPT SELECT * FROM " + copied + "))"
}

// addMissing inserts the rows that the table does not have.
func addMissing(table Table) string {
	return "INSERT INTO " + table.Name + " SELECT * FROM " + table.Name + shadowSuffix +
		" AS fresh WHERE NOT EXISTS (SELECT 1 FROM " + table.Name + " AS live WHERE " + sameKey(table) + ")"
}

func sameKey(table Table) string {
	conditions := make([]string, len(table.Key))
	for i, column := range table.Key {
		conditions[i] = "fresh." + column + " = live." + column
	}
	return strings.Join(conditions, " AND ")
}
