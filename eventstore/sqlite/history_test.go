package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
)

func TestNobodyChangesHistory(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "skald.db"))
	appendOne(t, store, 0, eventstoretest.NewSagaIn(store, 0).Continue(0, 2))
	db, dialect := store.SQL()
	if dialect != eventstore.SQLite {
		t.Errorf("dialect %s", dialect)
	}
	for _, statement := range []string{
		"UPDATE events SET payload = '{}'",
		"DELETE FROM events",
		`INSERT OR REPLACE INTO events SELECT lane, "offset", saga_id, version, 'x', 1, '{}', 0, '', '', hash FROM events`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "history is append-only") {
			t.Errorf("%s: %v, want it refused", statement, err)
		}
	}
	eventstoretest.CheckLog(t, store)
}

func TestSagaEventsIsReadable(t *testing.T) {
	store := openStore(t, filepath.Join(t.TempDir(), "skald.db"))
	saga := eventstoretest.NewSagaIn(store, 0)
	appendOne(t, store, 0, saga.End(0, 1))
	db, _ := store.SQL()
	var id, correlationID, status, kind, recordedAt string
	err := db.QueryRowContext(t.Context(), "SELECT saga_id, correlation_id, status, event_type, recorded_at FROM saga_events").
		Scan(&id, &correlationID, &status, &kind, &recordedAt)
	if err != nil || id != saga.ID.String() || correlationID != saga.CorrelationID || status != "completed" ||
		kind != "Event1" || recordedAt != "2026-03-01T12:00:00.123457Z" {
		t.Errorf("saga_events: %s %s %s %s %s, %v", id, correlationID, status, kind, recordedAt, err)
	}
}

func appendOne(t testing.TB, store eventstore.Store, lane eventstore.Lane, sagas ...eventstore.SagaAppend) eventstore.LaneResult {
	t.Helper()
	results, err := store.Append(t.Context(), []eventstore.LaneAppend{{Lane: lane, Sagas: sagas}})
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return results[0]
}
