package postgres_test

import (
	"errors"
	"fmt"
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
	address := testenv.Postgres(t)
	migrate(t, address) // makes the role
	user := asWriter(t, address)
	eventstoretest.Run(t, func(t testing.TB) eventstore.Store {
		schema := fmt.Sprintf("case_%d", schemas.Add(1))
		migrate(t, withParameter(t, address, "skald_schema", schema))
		return openStore(t, withParameter(t, user, "skald_schema", schema))
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

// A migrator who may not create roles still gets a store, and is told what an administrator can do. When that is done,
// migrating again gives the role its rights.
func TestMigrateWithoutTheRightToCreateRoles(t *testing.T) {
	address := testenv.StartPostgres(t).URL() // roles belong to the server: no other store must have made the role here
	admin := connect(t, address)
	execute(t, admin, "CREATE ROLE owner LOGIN PASSWORD 'x' NOCREATEROLE")
	execute(t, admin, "GRANT CREATE ON DATABASE postgres TO owner")

	var heard strings.Builder
	options := postgres.Options{Logger: slog.New(slog.NewTextHandler(&heard, nil))}
	if _, err := postgres.Migrate(t.Context(), as(t, address, "owner"), options); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	if !strings.Contains(heard.String(), "CREATE ROLE skald_writer NOLOGIN") {
		t.Errorf("nobody was told what to do about the missing role: %s", heard.String())
	}
	execute(t, admin, "CREATE ROLE skald_writer NOLOGIN")
	if _, err := postgres.Migrate(t.Context(), as(t, address, "owner"), options); err != nil {
		t.Fatalf("Migrate again: %v", err)
	}
	store := openStore(t, asWriter(t, address))
	appendOne(t, store, 0, eventstoretest.NewSagaIn(store, 0).Continue(0, 2))
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
