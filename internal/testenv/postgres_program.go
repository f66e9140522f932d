package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// postgresProgram runs Postgres from this machine's binaries. initdb takes about a second.
func postgresProgram(dir string, port int, password string) (program, error) {
	postgres, err := findPostgres()
	if err != nil {
		return program{}, err
	}
	as, err := unprivileged()
	if err != nil {
		return program{}, err
	}
	data := filepath.Join(dir, "data")
	secret := filepath.Join(dir, "password")
	if err := errors.Join(os.WriteFile(secret, []byte(password+"\n"), 0o600), as.own(secret)); err != nil {
		return program{}, err
	}
	initdb := exec.Command(filepath.Join(filepath.Dir(postgres), "initdb"), "--pgdata", data, "--username", "postgres",
		"--auth", "scram-sha-256", "--pwfile", secret, "--encoding", "UTF8", "--locale", "C", "--no-sync")
	return program{
		title:      postgres,
		as:         as,
		setUp:      []*exec.Cmd{initdb},
		path:       postgres,
		args:       append([]string{"-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1"}, postgresSettings...),
		stopSignal: syscall.SIGINT,  // "fast": open transactions are rolled back
		deathSig:   syscall.SIGQUIT, // "immediate": its children end too
	}, nil
}

// findPostgres looks in PATH, then where Debian keeps the versions, newest first. A symbolic link is followed, as initdb stands
// beside the real file.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.EvalSymlinks(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return postgresVersion(b) - postgresVersion(a) })
	for _, path := range found {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: no postgres in PATH or /usr/lib/postgresql", errUnavailable)
}

// postgresVersion is the number in a path such as /usr/lib/postgresql/15/bin/postgres.
func postgresVersion(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}
