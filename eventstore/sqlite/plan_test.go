package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
)

// A history is found by its saga. Reading the lane instead grows with everything that is in it.
func TestHistoriesAreFoundByKey(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "skald.db"), Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rows, err := s.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+readSagasSQL, "[]")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	const want = "SEARCH e USING INDEX events_by_saga (lane=? AND saga_id=?)"
	if !strings.Contains(strings.Join(plan, "\n"), want) {
		t.Errorf("the plan lacks %q:\n%s", want, strings.Join(plan, "\n"))
	}
}
