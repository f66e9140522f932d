package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// newestFor is how long the answer to "which version is the newest" is believed.
const newestFor = time.Second

// definitions keeps prepared definitions. A published version never changes, so what is here once stays right; only
// which version is the newest must be asked again.
type definitions struct {
	store eventstore.DefinitionStore
	now   func() time.Time

	mu     sync.Mutex
	byRef  map[nameVersion]*published
	newest map[string]newest
}

// published is a prepared definition with its digest, which costs too much to compute for each saga.
type published struct {
	domain.Definition
	digest string
}

type nameVersion struct {
	name    string
	version int
}

type newest struct {
	*published
	at time.Time
}

func newDefinitions(store eventstore.DefinitionStore, now func() time.Time) *definitions {
	return &definitions{store: store, now: now, byRef: map[nameVersion]*published{}, newest: map[string]newest{}}
}

// get returns a published definition; version 0 is the newest.
func (d *definitions) get(ctx context.Context, name string, version int) (*published, error) {
	if p := d.kept(name, version); p != nil {
		return p, nil
	}
	stored, err := d.store.Definition(ctx, name, version)
	if err != nil {
		return nil, fmt.Errorf("definition %s: %w", label(name, version), err)
	}
	def, err := domain.ParseDefinition(stored.Document)
	if err != nil {
		return nil, fmt.Errorf("definition %s in the store: %w", label(name, stored.Ref.Version), err)
	}
	p := &published{Definition: def.Prepared(), digest: def.Digest()}
	d.keep(p, version == 0)
	return p, nil
}

// pinned returns the definition that a saga was started with.
func (d *definitions) pinned(ctx context.Context, ref domain.DefinitionRef) (*domain.Definition, error) {
	p, err := d.get(ctx, ref.Name, ref.Version)
	if err != nil {
		return nil, err
	}
	if p.digest != ref.Digest {
		return nil, fmt.Errorf("definition %s in the store is not the one the saga was started with (digest %s, not %s)",
			label(ref.Name, ref.Version), p.digest, ref.Digest)
	}
	return &p.Definition, nil
}

func (d *definitions) kept(name string, version int) *published {
	d.mu.Lock()
	defer d.mu.Unlock()
	if version > 0 {
		return d.byRef[nameVersion{name, version}]
	}
	if n, ok := d.newest[name]; ok && d.now().Sub(n.at) < newestFor {
		return n.published
	}
	return nil
}

func (d *definitions) keep(p *published, isNewest bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byRef[nameVersion{p.Name, p.Version}] = p
	if isNewest {
		d.newest[p.Name] = newest{p, d.now()}
	}
}

func (d *definitions) forgetNewest(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.newest, name)
}

func label(name string, version int) string {
	if version == 0 {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("%q version %d", name, version)
}

// PublishDefinition validates a definition and publishes it; from then on sagas can be started with it. Publishing the
// same content again does nothing. The error is a domain.Faults for a definition that is not valid, and
// eventstore.ErrDefinitionChanged when that version exists with another content.
func (e *Engine) PublishDefinition(ctx context.Context, def *domain.Definition) error {
	if faults := def.Validate(); len(faults) > 0 {
		return faults
	}
	err := e.config.Store.PutDefinition(ctx, eventstore.StoredDefinition{Ref: def.Ref(), Document: def.Canonical(), PublishedAt: e.now()})
	if err != nil {
		return fmt.Errorf("publish definition %s: %w", label(def.Name, def.Version), err)
	}
	e.definitions.forgetNewest(def.Name)
	return nil
}

// Definition returns a published definition, prepared; version 0 is the newest, as of at most a second ago. It must not
// be changed. The error wraps eventstore.ErrNoDefinition when there is none.
func (e *Engine) Definition(ctx context.Context, name string, version int) (*domain.Definition, error) {
	p, err := e.definitions.get(ctx, name, version)
	if err != nil {
		return nil, err
	}
	return &p.Definition, nil
}

// forStart is Definition with the error of a start: an unknown definition refuses it.
func (e *Engine) forStart(ctx context.Context, name string, version int) (*domain.Definition, error) {
	def, err := e.Definition(ctx, name, version)
	if errors.Is(err, eventstore.ErrNoDefinition) {
		reason := fmt.Sprintf("there is no definition %s: publish it first (skald definitions put FILE)", label(name, version))
		return nil, &unknownDefinitionError{&domain.RefusedError{Reason: reason}, err}
	}
	return def, err
}
