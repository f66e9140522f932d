package sqlite

import (
	"database/sql"
	"errors"
	"net/url"
	"strings"

	driver "modernc.org/sqlite"
)

// busyTimeout is how long, in milliseconds, a writer waits for a writer of another process.
const busyTimeout = "10000"

// dsn is the address of the file for the driver. Each connection gets the pragmas anew.
func dsn(path, mode string, pragmas ...string) (string, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return "", errors.New("sqlite: name a file (the memory store keeps nothing: use memory:)")
	}
	query := url.Values{"mode": {mode}, "_txlock": {"immediate"}}
	for _, pragma := range append(pragmas, "busy_timeout("+busyTimeout+")") {
		query.Add("_pragma", pragma)
	}
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	return file.String() + "?" + query.Encode(), nil
}

// openReaders opens connections that cannot write.
func openReaders(path string, count int) (*sql.DB, error) {
	address, err := dsn(path, "rw", "query_only(1)")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(count)
	db.SetMaxIdleConns(count)
	return db, nil
}

// openShared opens the file for others; what they write passes the gate.
func openShared(path string, g gate) *sql.DB {
	address, err := dsn(path, "rw", "synchronous(FULL)")
	if err != nil {
		panic(err) // Open has made this address before
	}
	connector, err := driver.NewConnector(address)
	if err != nil {
		panic(err) // likewise
	}
	db := sql.OpenDB(gatedConnector{Connector: connector, gate: g})
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db
}
