// Package web is the JSON API of `skald serve`: what may be asked of a running Skald (Service), and the HTTP in front of
// it (Server). Routes, limits and errors are described in docs/operations.md; the types that travel are in web/api, a
// typed client in web/client.
//
// There is no authentication yet. A Server therefore refuses to listen anywhere but on loopback.
package web

import (
	"context"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/router"
)

// Service answers what the API is asked. Its methods may be called concurrently; their errors are *api.Problem, each
// with what to do next.
//
// With a Store alone it answers what can be read from histories; that is how the commands of skald work that are given
// --store instead of a server.
type Service struct {
	Store  eventstore.Store
	Views  *projections.Runner // nil: no lists
	Engine *engine.Engine      // nil: nothing can be started or operated on
	Broker router.Broker       // nil: nothing can be requeued
	// CatchUp makes lists bring the projections up to date first, where no Run does.
	CatchUp bool
	// Publish publishes a definition and listens on its start stream; nil: nothing can be published.
	Publish func(context.Context, *domain.Definition) error
	// Now is the clock for what operators do; nil means time.Now.
	Now func() time.Time
}

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now().UTC().Truncate(time.Microsecond)
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}
