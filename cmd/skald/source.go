package main

import (
	"context"
	"fmt"
	"os"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/internal/config"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/web"
	"github.com/skald-go/skald/web/api"
	"github.com/skald-go/skald/web/client"
)

// source is where a command that reads gets its answers: a server, or a store that it opens itself. Both give the same.
type source interface {
	Saga(context.Context, domain.SagaID) (api.Saga, error)
	Sagas(context.Context, api.SagaQuery) (api.Sagas, error)
	Conversation(context.Context, string) (api.Conversation, error)
	Recital(context.Context, string, api.RecitalQuery) ([]byte, error)
	Definition(context.Context, string, int) (api.Definition, error)
	Definitions(context.Context) (api.Definitions, error)
	DeadLetters(ctx context.Context, before string, limit int) (api.DeadLetters, error)
	DeadLetter(context.Context, string) (api.DeadLetter, error)
	Projections(context.Context) (api.Projections, error)
	Rebuild(context.Context, string) error
}

var (
	_ source = (*client.Client)(nil)
	_ source = (*web.Service)(nil)
)

// client talks to the configured server.
func (m *Main) client() (*client.Client, error) {
	c, err := client.New(m.config.Server, m.http)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return c, nil
}

// withSource calls use with the store when --store was given, otherwise with the server.
func (m *Main) withSource(ctx context.Context, use func(source) error) error {
	if m.config.Origin("store") != config.OriginFlag {
		c, err := m.client()
		if err != nil {
			return err
		}
		return use(c)
	}
	return m.withStore(ctx, func(store eventstore.Store, read *projections.Runner) error {
		return use(&web.Service{Store: store, Views: read, CatchUp: true})
	})
}

// withStore opens the configured store, which must exist, for the time of use.
func (m *Main) withStore(ctx context.Context, use func(eventstore.Store, *projections.Runner) error) (err error) {
	address, err := backend.ParseStore(m.config.Store)
	if err != nil {
		return err
	}
	if err := exists(address); err != nil {
		return err
	}
	store, err := backend.OpenStore(ctx, address, backend.StoreOptions{Logger: m.log})
	if err != nil {
		return fmt.Errorf("store %s: %w", address, err)
	}
	defer func() { err = closing(err, store.Close) }()
	read, err := projections.New(ctx, store, projections.Options{Logger: m.log})
	if err != nil {
		return fmt.Errorf("store %s: %w", address, err)
	}
	defer func() { err = closing(err, read.Close) }()
	return use(store, read)
}

// exists refuses what opening would silently create.
func exists(address backend.Address) error {
	switch address.Kind {
	case backend.Memory:
		return failf(exitRefused, "a memory: store lives in the server's own process; leave --store away to ask the server")
	case backend.SQLite:
		if _, err := os.Stat(address.Target); err != nil {
			return failf(exitNotFound, "there is no store in the file %s; check --store, or create it with `skald migrate up`", address.Target)
		}
	}
	return nil
}

// closing is err, or else what closing says.
func closing(err error, close func() error) error {
	if closed := close(); err == nil {
		return closed
	}
	return err
}
