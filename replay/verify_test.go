package replay_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/memory"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/eventstore/sqlite"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/projections/projectiontest"
	"github.com/skald-go/skald/replay"
)

func openSQLite(t *testing.T) *sqlite.Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "skald.db"))
}

func openFile(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Lanes: 4, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func openPostgres(t *testing.T) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), testenv.Postgres(t), postgres.Options{Lanes: 4, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// viewsOf are a store's projections, caught up.
func viewsOf(t *testing.T, store eventstore.Store) *projections.Runner {
	t.Helper()
	views, err := projections.New(t.Context(), store, projections.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = views.Close() })
	if err := views.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return views
}

// lived is a store in which a few hundred things have happened.
func lived(t *testing.T, store eventstore.Store) *projectiontest.World {
	t.Helper()
	w := projectiontest.New(t, store, "verify")
	pick := rand.New(rand.NewPCG(1, 2)).IntN
	for range 150 {
		w.Happen(pick)
	}
	return w
}

func TestVerifyAgrees(t *testing.T) {
	for _, backend := range []struct {
		name string
		open func(t *testing.T) eventstore.Store
	}{
		{"memory", func(*testing.T) eventstore.Store { return memory.New(4) }},
		{"sqlite", func(t *testing.T) eventstore.Store { return openSQLite(t) }},
		{"postgres", func(t *testing.T) eventstore.Store { return openPostgres(t) }},
	} {
		t.Run(backend.name, func(t *testing.T) {
			store := backend.open(t)
			w := lived(t, store)
			var last, total uint64
			report, err := replay.Verifier{
				Store: store, Projections: viewsOf(t, store),
				Progress: func(done, of uint64) { last, total = done, of },
			}.Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !report.OK() {
				t.Errorf("findings: %v", report.Findings)
			}
			if report.Sagas != uint64(len(w.Sagas())) || last != total || total != 2*report.Events {
				t.Errorf("%d of %d sagas, %d events, progress %d of %d", report.Sagas, len(w.Sagas()), report.Events, last, total)
			}
		})
	}
}

// TestVerifyFindsTampering changes one thing behind the store's back, and wants it named.
func TestVerifyFindsTampering(t *testing.T) {
	original, first := recorded(t)
	for _, c := range []struct {
		name   string
		tamper string // on the first saga where a saga is needed
		check  replay.Check
		want   string
	}{
		{"payload", `UPDATE events SET payload = replace(payload, 'Oslo', 'Rome') WHERE version = 1 AND saga_id = $1`, replay.CheckHash, "version 1, SagaStarted"},
		{"time", `UPDATE events SET recorded_at = recorded_at + 1 WHERE version = 2 AND saga_id = $1`, replay.CheckHash, "version 2, StepCommanded"},
		{"causation", `UPDATE events SET causation_id = 'forged' WHERE version = 2 AND saga_id = $1`, replay.CheckHash, "version 2, StepCommanded"},
		{"hash", `UPDATE events SET hash = zeroblob(32) WHERE version = 3 AND saga_id = $1`, replay.CheckHash, "version 3"},
		{"type", `UPDATE events SET event_type = 'SagaDreamt' WHERE version = 2 AND saga_id = $1`, replay.CheckFacts, `"SagaDreamt"`},
		{"broken payload", `UPDATE events SET payload = '{' WHERE version = 2 AND saga_id = $1`, replay.CheckFacts, "version 2"},
		{"removed", `DELETE FROM events WHERE version = 2 AND saga_id = $1`, replay.CheckOffsets, "1 events between are missing"},
		{"removed from its saga", `DELETE FROM events WHERE version = 2 AND saga_id = $1`, replay.CheckVersions, "version 3 follows version 1"},
		{"last event removed", `DELETE FROM events WHERE lane = 2 AND "offset" = (SELECT max("offset") FROM events WHERE lane = 2)`, replay.CheckOffsets, "the lane's head is"},
		{"impossible", `UPDATE events SET event_type = 'SagaCompensated' WHERE version = 2 AND saga_id = $1`, replay.CheckFold, "could not have happened"},
		{"lane's head", `UPDATE lanes SET head = head - 1 WHERE lane = 2`, replay.CheckOffsets, "after the lane's head"},
		{"saga's status", `UPDATE sagas SET status = 'dreaming' WHERE saga_id = $1`, replay.CheckHead, "status dreaming"},
		{"saga's version, back", `UPDATE sagas SET version = version - 1 WHERE saga_id = $1`, replay.CheckHead, "the saga's row is at version"},
		{"saga's version, ahead", `UPDATE sagas SET version = version + 1 WHERE saga_id = $1`, replay.CheckHead, "its history ends at"},
		{"saga's due time", `UPDATE sagas SET next_due = 12345 WHERE saga_id = $1`, replay.CheckHead, "next due time 1970-01-01T00:00:00.012345Z"},
		{"saga's definition", `UPDATE sagas SET definition_version = 9 WHERE saga_id = $1`, replay.CheckHead, "definition"},
		{"saga's correlation id", `UPDATE sagas SET correlation_id = 'forged' WHERE saga_id = $1`, replay.CheckCorrelation, `correlation id "forged"`},
		{"saga's row removed", `DELETE FROM sagas WHERE saga_id = $1`, replay.CheckOffsets, "events between are missing"},
		{"projection", `UPDATE saga_status SET attempts = 99`, replay.CheckProjection, "attempts is 99"},
		{"projection's row removed", `DELETE FROM saga_status`, replay.CheckProjection, "there is no row in saga_status"},
		{"projection's row invented", `INSERT INTO saga_status SELECT 'ffffffff-0000-0000-0000-000000000002', correlation_id, lane, definition, definition_version, status, current_step, progress, attempts, error, input, started_at, updated_at, ended_at, version FROM saga_status LIMIT 1`, replay.CheckProjection, "there is a row in saga_status but no history"},
		{"projection's conversation", `UPDATE correlations SET stuck = 12`, replay.CheckProjection, `conversation "conversation-1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(original)); err != nil {
				t.Fatal(err)
			}
			store := openFile(t, filepath.Join(copied, "skald.db"))
			views := viewsOf(t, store)
			tamper(t, store, c.tamper, first)
			report, err := replay.Verify(t.Context(), store, views)
			if err != nil {
				t.Fatal(err)
			}
			if !has(report, c.check, c.want) {
				t.Errorf("want %s: …%s…, found %v", c.check, c.want, report.Findings)
			}
		})
	}
}

// TestVerifyFindsTamperingInPostgres does what a superuser can.
func TestVerifyFindsTamperingInPostgres(t *testing.T) {
	store := openPostgres(t)
	w := lived(t, store)
	views := viewsOf(t, store)
	db, _ := store.SQL()
	exec(t, db, `UPDATE saga_status SET progress = 0.123 WHERE saga_id = $1`, w.Sagas()[1].String())
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`ALTER TABLE events DISABLE TRIGGER USER`,
		`UPDATE events SET payload = replace(payload::text, 'Oslo', 'Rome')::json WHERE version = 1 AND saga_id = '` + w.Sagas()[0].String() + `'`,
		`ALTER TABLE events ENABLE TRIGGER USER`,
	} {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	report, err := replay.Verify(t.Context(), store, views)
	if err != nil {
		t.Fatal(err)
	}
	if !has(report, replay.CheckHash, "version 1, SagaStarted") || !has(report, replay.CheckProjection, "progress is 0.123") {
		t.Errorf("found %v", report.Findings)
	}
}

// recorded is the folder of a store in which things have happened, projections included, and its first saga.
func recorded(t *testing.T) (string, domain.SagaID) {
	t.Helper()
	folder := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "skald.db"), sqlite.Options{Lanes: 4, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	w := lived(t, store)
	viewsOf(t, store)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return folder, w.Sagas()[0]
}

func tamper(t *testing.T, store *sqlite.Store, statement string, id domain.SagaID) {
	t.Helper()
	db, _ := store.SQL()
	for _, trigger := range triggers(t, db) {
		exec(t, db, "DROP TRIGGER "+trigger)
	}
	if strings.Contains(statement, "$1") {
		exec(t, db, statement, id[:])
	} else {
		exec(t, db, statement)
	}
}

func triggers(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func exec(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	result, err := db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if changed, _ := result.RowsAffected(); changed == 0 && !strings.HasPrefix(statement, "DROP") {
		t.Fatalf("%s changed nothing", statement)
	}
}

func has(report replay.Report, check replay.Check, want string) bool {
	for _, f := range report.Findings {
		if f.Check == check && strings.Contains(f.What, want) {
			return true
		}
	}
	return false
}

// TestVerifyBesideWriters: what is appended and projected meanwhile is no finding.
func TestVerifyBesideWriters(t *testing.T) {
	store := openSQLite(t)
	lived(t, store)
	views := viewsOf(t, store)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() {
		_ = views.Run(ctx)
		done <- struct{}{}
	}()
	writer := projectiontest.New(t, store, "beside")
	go func() {
		pick := rand.New(rand.NewPCG(3, 4)).IntN
		for ctx.Err() == nil {
			writer.Happen(pick)
		}
		done <- struct{}{}
	}()
	for range 5 {
		report, err := replay.Verify(ctx, store, views)
		if err != nil {
			t.Error(err)
		}
		if !report.OK() {
			t.Errorf("findings: %v", report.Findings)
		}
	}
	cancel()
	<-done
	<-done
}

func TestReportIsReadable(t *testing.T) {
	report := replay.Report{Lanes: 16, Events: 120, Sagas: 10, Projections: true, Findings: []replay.Finding{
		{Check: replay.CheckHash, Lane: 3, Offset: 17, SagaID: domain.SagaIDFromKey("a", "b", "c"), What: "version 4, StepCompleted: the hash does not follow"},
		{Check: replay.CheckOffsets, Lane: 5, What: "the lane's head is 9, its last event has offset 8"},
	}, More: 3}
	golden(t, "report.txt", report.WriteText)
	golden(t, "report.json", report.WriteJSON)
	golden(t, "report_ok.txt", replay.Report{Lanes: 16, Events: 120, Sagas: 10, Findings: []replay.Finding{}}.WriteText)
}
