package testenv

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// postgresSettings keep a server small, for there may be several on two cores, and as durable as in production: a test
// that kills it must find what was committed.
var postgresSettings = []string{
	"-c", "fsync=on",
	"-c", "synchronous_commit=on",
	"-c", "full_page_writes=on",
	"-c", "shared_buffers=32MB",
	"-c", "max_connections=200",
	"-c", "max_wal_size=256MB",
	"-c", "unix_socket_directories=", // the address is TCP only, and the default directory may belong to another server
}

var postgresKind = kind{
	name:           "postgres",
	urlVariable:    "SKALD_TEST_POSTGRES_URL",
	imageVariable:  "SKALD_TEST_POSTGRES_IMAGE",
	images:         []string{"postgres:15-alpine", "skald-test-servers:bookworm"},
	installPackage: "postgresql",
	ping:           pingPostgres,
	program:        postgresProgram,
	container:      postgresContainer,
	url: func(host string, port int, password string) string {
		return fmt.Sprintf("postgres://postgres:%s@%s/postgres?sslmode=disable", password, net.JoinHostPort(host, strconv.Itoa(port)))
	},
}

// Postgres returns the URL of a new, empty database, which is dropped when the test ends, open connections or not.
func Postgres(t testing.TB) string {
	t.Helper()
	admin := server(t, postgresKind).url()
	name := "skald_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	address, err := withPath(admin, name)
	if err != nil {
		t.Fatalf("testenv: %v", err)
	}
	if err := execPostgres(admin, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("testenv: create database: %v", err)
	}
	t.Cleanup(func() {
		if err := execPostgres(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("testenv: drop database: %v", err)
		}
	})
	return address
}

func execPostgres(address, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}

func pingPostgres(ctx context.Context, address string) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	return c.Ping(ctx)
}

// withPath is the URL with another path: a Postgres database's name, a Redis database's number.
func withPath(address, path string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("a server's address must be a URL: %w", err)
	}
	u.Path = "/" + path
	return u.String(), nil
}
