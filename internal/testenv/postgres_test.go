package testenv

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestPostgresGivesEveryTestADatabaseOfItsOwn(t *testing.T) {
	var addresses []string
	for range 2 {
		t.Run("one", func(t *testing.T) {
			address := Postgres(t)
			addresses = append(addresses, address)
			// The same name each time: it would clash in a shared database.
			query(t, address, "CREATE TABLE only_here (id int)")
		})
	}
	if addresses[0] == addresses[1] {
		t.Errorf("two tests were given %s", addresses[0])
	}
	for _, address := range addresses {
		if c, err := pgx.Connect(t.Context(), address); err == nil {
			_ = c.Close(context.Background())
			t.Error("the database outlived its test")
		}
	}
}

func TestPostgresDropsADatabaseThatIsStillConnectedTo(t *testing.T) {
	t.Run("leaves its connection open", func(t *testing.T) {
		if _, err := pgx.Connect(t.Context(), Postgres(t)); err != nil { // never closed
			t.Fatal(err)
		}
	})
}

func TestPostgresIsDurable(t *testing.T) {
	address := Postgres(t)
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		if got := query(t, address, "SELECT current_setting('"+setting+"')"); got != "on" {
			t.Errorf("%s = %s: tests of crashes would prove nothing", setting, got)
		}
	}
}

func TestKilledPostgresKeepsWhatWasCommitted(t *testing.T) {
	s := StartPostgres(t)
	before := s.URL()
	query(t, s.URL(), "CREATE TABLE kept (word text)")
	query(t, s.URL(), "INSERT INTO kept VALUES ('durable')")

	s.Kill()
	if c, err := pgx.Connect(t.Context(), s.URL()); err == nil {
		_ = c.Close(context.Background())
		t.Fatal("a killed server answered")
	}
	s.Restart()

	if s.URL() != before {
		t.Errorf("the address changed from %s to %s", before, s.URL())
	}
	if got := query(t, s.URL(), "SELECT word FROM kept"); got != "durable" {
		t.Errorf("read %q after the kill", got)
	}
}

func TestStoppedPostgresStartsAgain(t *testing.T) {
	s := StartPostgres(t)
	query(t, s.URL(), "CREATE TABLE kept (word text)")
	s.Stop()
	s.Restart()
	query(t, s.URL(), "SELECT count(*)::text FROM kept")
	s.Restart() // running
	query(t, s.URL(), "SELECT count(*)::text FROM kept")
}

// query runs one statement on a connection of its own and returns the single text it yields, if any.
func query(t *testing.T, address, statement string) string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	rows, err := c.Query(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}
