package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
)

// way is one way to come by a server.
type way string

const (
	wayEnv        way = "env"
	wayContainers way = "containers"
	wayLocal      way = "local"
)

// errUnavailable is under every error that means "this way is not to be had here", as opposed to a server that was found and failed.
var errUnavailable = errors.New("not available")

// waysFor lists the ways to try for a server that tests share.
func waysFor(k kind) []way {
	if forced := os.Getenv("SKALD_TEST_ENV"); forced != "" {
		return []way{way(forced)}
	}
	if os.Getenv(k.urlVariable) != "" {
		return []way{wayEnv}
	}
	return []way{wayContainers, wayLocal}
}

// ownWays lists the ways to try for a server of one test's own, which a URL cannot give.
func ownWays() []way {
	if forced := os.Getenv("SKALD_TEST_ENV"); forced != "" {
		return []way{way(forced)}
	}
	return []way{wayContainers, wayLocal}
}

// open starts a server by the first of the ways that works, and prints which.
func open(k kind, ways []way) (instance, error) {
	var reasons []string
	for i, w := range ways {
		s, err := openBy(k, w)
		if err == nil {
			announce(k.name + ": " + s.describe())
			return s, nil
		}
		reasons = append(reasons, fmt.Sprintf("%s: %v", w, err))
		if i+1 < len(ways) {
			announce(fmt.Sprintf("%s: no %s, so trying %s: %v", k.name, w, ways[i+1], err))
		}
	}
	return nil, fmt.Errorf("testenv: no %s for this test: install %s (apt-get install %s), start a Docker engine, or set %s [%s]",
		k.name, k.installPackage, k.installPackage, k.urlVariable, strings.Join(reasons, "; "))
}

func openBy(k kind, w way) (instance, error) {
	s, err := newInstance(k, w)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.remove(context.WithoutCancel(ctx)))
	}
	return s, nil
}

// newInstance prepares a server; an error says what this way lacks.
func newInstance(k kind, w way) (instance, error) {
	switch w {
	case wayEnv:
		return newGiven(k)
	case wayContainers:
		return newContained(k)
	case wayLocal:
		return newLocal(k)
	}
	return nil, fmt.Errorf("SKALD_TEST_ENV=%s: want env, containers or local", w)
}

// announced are the lines printed so far.
var announced sync.Map

// announce prints a line once per test binary, however many servers it is true of.
func announce(line string) {
	if _, said := announced.LoadOrStore(line, true); !said {
		fmt.Fprintln(os.Stderr, "testenv: "+line)
	}
}
