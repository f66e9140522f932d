package postgres_test

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/internal/testenv"
)

// The whole suite passes under the writer role: a program that runs sagas needs no other rights.
func TestStoreUnderTheWriterRole(t *testing.T) {
	eventstoretest.Run(t, func(t testing.TB) eventstore.Store {
		address := testenv.Postgres(t)
		migrate(t, address)
		return openStore(t, asWriter(t, address))
	})
}

func TestTheWriterRoleCannotChangeHistory(t *testing.T) {
	address := testenv.Postgres(t)
	store := openStore(t, address)
	appendOne(t, store, 0, eventstoretest.NewSagaIn(store, 0).Continue(0, 2))
	writer := connect(t, asWriter(t, address))
	for _, statement := range []string{
		"UPDATE skald.events SET payload = '{}'",
		"DELETE FROM skald.events",
		"TRUNCATE skald.events",
		"DROP TABLE skald.events CASCADE",
		"ALTER TABLE skald.events DISABLE TRIGGER ALL",
		"DROP TRIGGER history_is_append_only ON skald.events",
		"CREATE OR REPLACE FUNCTION skald.refuse_change_of_history() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
		"DELETE FROM skald.sagas",
		"UPDATE skald.sagas SET correlation_id = 'another'",
		"DELETE FROM skald.lanes",
		"INSERT INTO skald.lanes (lane) VALUES (99)",
		"UPDATE skald.definitions SET digest = ''",
		"DELETE FROM skald.definitions",
		"DELETE FROM skald.dead_letters",
		"INSERT INTO skald.migrations VALUES (99, 'x', now())",
	} {
		_, err := writer.Exec(t.Context(), statement)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" && refused.Code != "42809" {
			t.Errorf("%s: %v, want it refused for lack of rights", statement, err)
		}
	}
	eventstoretest.CheckLog(t, store)
}

func TestNotEvenTheOwnerChangesHistory(t *testing.T) {
	address := testenv.Postgres(t)
	store := openStore(t, address)
	appendOne(t, store, 0, eventstoretest.NewSagaIn(store, 0).Continue(0, 2))
	db, _ := store.SQL()
	for _, statement := range []string{"UPDATE events SET trace = ''", "DELETE FROM events", "TRUNCATE events", "DELETE FROM events WHERE false"} {
		_, err := db.ExecContext(t.Context(), statement)
		if err == nil || !strings.Contains(err.Error(), "history is append-only") {
			t.Errorf("%s: %v, want it refused by the trigger", statement, err)
		}
	}
	eventstoretest.CheckLog(t, store)
}

// A migrator who may not create roles still gets a store, and is told what an administrator can do.
func TestMigrateWithoutTheRightToCreateRoles(t *testing.T) {
	address := testenv.Postgres(t)
	admin := connect(t, address)
	owner := "owner_" + databaseOf(t, admin)
	execute(t, admin, "CREATE ROLE "+owner+" LOGIN PASSWORD 'x' NOCREATEROLE")
	t.Cleanup(func() { dropRole(t, address, owner) })
	execute(t, admin, "GRANT CREATE ON DATABASE "+databaseOf(t, admin)+" TO "+owner)

	var heard strings.Builder
	store, err := postgres.Open(t.Context(), as(t, address, owner), postgres.Options{
		Migrate: true, Logger: slog.New(slog.NewTextHandler(&heard, nil)),
	})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer store.Close()
	appendOne(t, store, 0, eventstoretest.NewSagaIn(store, 0).Continue(0, 2))
	// Another test of this server may have created the role before; then there is nothing to warn of.
	var there bool
	if err := admin.QueryRow(t.Context(), "SELECT to_regrole('skald_writer') IS NOT NULL").Scan(&there); err != nil {
		t.Fatal(err)
	}
	if warned := strings.Contains(heard.String(), "CREATE ROLE skald_writer"); warned == there {
		t.Errorf("role there: %v, warned: %v; log: %s", there, warned, heard.String())
	}
	eventstoretest.CheckLog(t, store)
}

func migrate(t testing.TB, address string) {
	t.Helper()
	if _, err := postgres.Migrate(t.Context(), address, postgres.Options{}); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
}

// asWriter creates a user who is a member of skald_writer and nothing else, and returns the URL under that name.
func asWriter(t testing.TB, address string) string {
	t.Helper()
	admin := connect(t, address)
	user := "writer_" + databaseOf(t, admin)
	execute(t, admin, "CREATE ROLE "+user+" LOGIN PASSWORD 'x' IN ROLE skald_writer")
	t.Cleanup(func() { dropRole(t, address, user) })
	return as(t, address, user)
}

func as(t testing.TB, address, user string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.User = url.UserPassword(user, "x")
	return parsed.String()
}

func databaseOf(t testing.TB, conn *pgx.Conn) string {
	t.Helper()
	var name string
	if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func dropRole(t testing.TB, address, role string) {
	t.Helper()
	ctx := cleanupContext(t)
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range []string{"DROP OWNED BY " + role + " CASCADE", "DROP ROLE " + role} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
