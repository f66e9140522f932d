package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/eventstore/sqlite"
)

func TestOpenWithoutMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skald.db")
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, eventstore.ErrUnavailable) {
		t.Errorf("Open without a file: %v, want ErrUnavailable", err)
	}
	status, err := sqlite.MigrationStatus(t.Context(), path)
	if err != nil || len(status) == 0 || !status[0].AppliedAt.IsZero() {
		t.Errorf("MigrationStatus: %v, %v; want migrations that are pending", status, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("looking made a file: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, eventstore.ErrNotMigrated) {
		t.Errorf("Open of an empty file: %v, want ErrNotMigrated", err)
	}
}

func TestOpenOfSomethingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(path, bytes.Repeat([]byte("Dear reader, "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, "", ":memory:", filepath.Join(t.TempDir(), "missing", "skald.db")} {
		if _, err := sqlite.Open(t.Context(), path, sqlite.Options{Migrate: true}); err == nil {
			t.Errorf("Open of %q succeeded", path)
		}
	}
}

func TestMigrateTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a name with % and ? and #.db")
	first, err := sqlite.Migrate(t.Context(), path, sqlite.Options{Lanes: 3})
	if err != nil || len(first) == 0 {
		t.Fatalf("Migrate: %v, %v", first, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file has another name: %v", err)
	}
	if again, err := sqlite.Migrate(t.Context(), path, sqlite.Options{}); err != nil || len(again) != 0 {
		t.Errorf("Migrate again: %v, %v; want nothing to do", again, err)
	}
	store := openStore(t, path)
	if store.Lanes() != 3 {
		t.Errorf("Lanes: %d, want the 3 it was created with", store.Lanes())
	}
	status, err := store.MigrationStatus(t.Context())
	if err != nil || len(status) != len(first) || status[0] != first[0] {
		t.Errorf("MigrationStatus: %v, %v; want %v", status, err, first)
	}
}

// childPath names the file for the processes that TestProcessesMigrateAtOnce starts.
const childPath = "SKALD_SQLITE_TEST_CHILD"

func TestProcessesMigrateAtOnce(t *testing.T) {
	if path := os.Getenv(childPath); path != "" {
		store := openStore(t, path)
		appendOne(t, store, 1, eventstoretest.NewSagaIn(store, 1).Continue(0, 2))
		return
	}
	path := filepath.Join(t.TempDir(), "skald.db")
	var children []*exec.Cmd
	for range 4 {
		child := exec.Command(os.Args[0], "-test.run=^TestProcessesMigrateAtOnce$")
		child.Env = append(os.Environ(), childPath+"="+path)
		child.Stdout, child.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, child)
	}
	for _, child := range children {
		if err := child.Wait(); err != nil {
			t.Errorf("child: %v\n%s%s", err, child.Stdout, child.Stderr)
		}
	}
	if log := eventstoretest.CheckLog(t, openStore(t, path)); len(log[1]) == 0 {
		t.Error("nobody has written")
	}
}
