package testenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// diesVariable makes this test binary start servers and kill itself, in place of running tests.
const diesVariable = "SKALD_TESTENV_DIES"

// startAndDie prints each server's address and its scratch root, and then ends as no cleanup can foresee.
func startAndDie() {
	for _, k := range []kind{redisKind, postgresKind} {
		s, err := open(k, ownWays())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(s.url())
	}
	fmt.Println(scratch.root)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func TestServersEndWithAKilledTestBinary(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), diesVariable+"=1")
	c.Stderr = os.Stderr
	output, err := c.Output()
	lines := strings.Fields(string(output))
	if len(lines) != 3 {
		t.Fatalf("the other binary printed %q: %v", output, err)
	}
	root := lines[2]

	ctx, cancel := context.WithTimeout(t.Context(), stopTimeout)
	defer cancel()
	untilSilent(ctx, t, redisKind, lines[0])
	untilSilent(ctx, t, postgresKind, lines[1])

	sweepScratch()
	if _, err := os.Stat(root); !os.IsNotExist(err) {
		t.Errorf("%s was left behind: %v", root, err)
	}
	if own, err := scratchLock(); err != nil || !exists(own) {
		t.Errorf("the sweep took the folder of a binary that lives: %s, %v", own, err)
	}
}

// untilSilent waits until a server no longer answers: a local one is ended by Linux, a container by the sweep. The other binary's
// servers are nobody's children here, so there is nothing to wait on and this is a poll.
func untilSilent(ctx context.Context, t *testing.T, k kind, address string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for k.ping(ctx, address) == nil {
		if p, err := dockerEngine(); err == nil {
			if err := sweepContainers(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s still answers at %s", k.name, address)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(filepath.Clean(path))
	return err == nil
}
