package testenv

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"
)

// givenTimeout bounds the wait for a server that should be running, or is about to be.
const givenTimeout = 30 * time.Second

// given is a server that somebody else runs: its address comes from the environment, and it is never stopped.
type given struct {
	kind    kind
	address string
}

func newGiven(k kind) (*given, error) {
	address := os.Getenv(k.urlVariable)
	if address == "" {
		return nil, fmt.Errorf("%w: %s is not set", errUnavailable, k.urlVariable)
	}
	return &given{kind: k, address: address}, nil
}

func (g *given) url() string { return g.address }

func (g *given) describe() string {
	place := "an address that cannot be parsed"
	if u, err := url.Parse(g.address); err == nil {
		place = u.Redacted()
	}
	return g.kind.urlVariable + ", " + place
}

func (g *given) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, givenTimeout)
	defer cancel()
	if err := untilAnswers(ctx, func(ctx context.Context) error { return g.kind.ping(ctx, g.address) }, nil); err != nil {
		return fmt.Errorf("%s: no answer in %s: %w", g.kind.urlVariable, givenTimeout, err)
	}
	return nil
}

func (g *given) stop(context.Context) error   { return nil }
func (g *given) kill(context.Context) error   { return nil }
func (g *given) remove(context.Context) error { return nil }
