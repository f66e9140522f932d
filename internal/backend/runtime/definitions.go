package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router"
)

// lookForDefinitions is how often the store is asked for definitions that another process has published.
const lookForDefinitions = 5 * time.Second

// Publish publishes a definition; from then on its start stream is listened to. Definitions that cannot listen side by
// side are refused before anything is published.
func (r *Runtime) Publish(ctx context.Context, d *domain.Definition) error {
	published, err := r.definitions(ctx)
	if err != nil {
		return err
	}
	if _, err := r.routerFor(append(published, *d)); err != nil {
		return &domain.RefusedError{Reason: err.Error()}
	}
	if err := r.Engine.PublishDefinition(ctx, d); err != nil {
		return err
	}
	select {
	case r.changed <- struct{}{}:
	default: // the router is about to look anyway
	}
	return nil
}

// runRouter runs a router for the definitions there are, and a new one whenever there are others.
func (r *Runtime) runRouter(ctx context.Context) error {
	for ctx.Err() == nil {
		published, err := r.definitions(ctx)
		if err != nil {
			r.config.Logger.WarnContext(ctx, "definitions cannot be read", telemetry.FieldError, err.Error(), telemetry.FieldWait, again)
			pause(ctx, again)
			continue
		}
		if err := r.routeUntilChanged(ctx, published); err != nil {
			return err
		}
	}
	return nil
}

// routeUntilChanged runs one router; it returns nil once the definitions have changed or ctx has ended.
func (r *Runtime) routeUntilChanged(ctx context.Context, published []domain.Definition) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		defer stop()
		r.waitForOthers(ctx, published)
	}()
	err := r.keepRunning(ctx, "the router", func(ctx context.Context) error {
		wires, err := r.routerFor(published)
		if err != nil {
			return err
		}
		return wires.Run(ctx)
	})
	stop()
	<-watched
	return err
}

// waitForOthers returns when the store holds other definitions than those given, and a router can be made of them.
func (r *Runtime) waitForOthers(ctx context.Context, given []domain.Definition) {
	look := time.NewTicker(lookForDefinitions)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.changed:
		case <-look.C:
		}
		published, err := r.definitions(ctx)
		if err != nil || slices.EqualFunc(given, published, sameDefinition) {
			continue // a store out of reach is asked again
		}
		if _, err := r.routerFor(published); err != nil {
			r.config.Logger.ErrorContext(ctx, "a definition was published that cannot be listened to; it is left aside", telemetry.FieldError, err.Error())
			continue
		}
		return
	}
}

func sameDefinition(a, b domain.Definition) bool { return a.Name == b.Name && a.Version == b.Version }

// definitions is all published definitions, by name and version.
func (r *Runtime) definitions(ctx context.Context) ([]domain.Definition, error) {
	stored, err := r.Store.Definitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the definitions: %w", err)
	}
	return parsed(stored)
}

func parsed(stored []eventstore.StoredDefinition) ([]domain.Definition, error) {
	all := make([]domain.Definition, len(stored))
	for i := range stored {
		d, err := domain.ParseDefinition(stored[i].Document)
		if err != nil {
			return nil, fmt.Errorf("definition %s/%d in the store: %w", stored[i].Ref.Name, stored[i].Ref.Version, err)
		}
		all[i] = *d
	}
	return all, nil
}

func (r *Runtime) newRouter(ctx context.Context) (*router.Router, error) {
	published, err := r.definitions(ctx)
	if err != nil {
		return nil, err
	}
	return r.routerFor(published)
}

func (r *Runtime) routerFor(definitions []domain.Definition) (*router.Router, error) {
	return router.New(router.Config{
		Broker:       r.Broker,
		Engine:       r.Engine,
		Store:        r.Store,
		Definitions:  definitions,
		CloseTimeout: r.config.Drain/2 + time.Second, // a little longer than the broker drains
		Logger:       r.config.Logger,
	})
}
