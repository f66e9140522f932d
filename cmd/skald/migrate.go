package main

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/projections"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Create the tables, or bring them up to date."`
	Status migrateStatusCommand `cmd:"" help:"Show which migrations the store has; changes nothing."`
}

func (migrateCommand) Help() string {
	return `'skald serve' migrates by itself when it starts; these are for those who want to do it before, or by another role.

Examples:

  skald migrate status --store postgres://skald@db/skald
  skald migrate up --store postgres://owner@db/skald`
}

type migrateUpCommand struct{}

func (migrateUpCommand) Help() string {
	return `Safe to run twice, and from several processes at once.

Examples:

  skald migrate up
  skald migrate up --store postgres://owner@db/skald --set lanes=64`
}

func (migrateUpCommand) Run(ctx context.Context, m *Main) (err error) {
	address, err := m.lastingStore()
	if err != nil {
		return err
	}
	applied, err := backend.Migrate(ctx, address, backend.StoreOptions{Lanes: m.config.Lanes, Logger: m.log})
	if err != nil {
		return fmt.Errorf("store %s: %w", address, err)
	}
	for _, migration := range applied {
		m.printf("applied %04d_%s\n", migration.Number, migration.Name)
	}
	store, err := backend.OpenStore(ctx, address, backend.StoreOptions{Logger: m.log})
	if err != nil {
		return fmt.Errorf("store %s: %w", address, err)
	}
	defer func() { err = closing(err, store.Close) }()
	if err := projections.Migrate(ctx, store); err != nil {
		return fmt.Errorf("store %s: %w", address, err)
	}
	m.printf("%s is up to date\n", address)
	return nil
}

type migrateStatusCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (migrateStatusCommand) Help() string {
	return `Exits 1 when something has yet to be applied.

Examples:

  skald migrate status --json`
}

func (c *migrateStatusCommand) Run(ctx context.Context, m *Main) error {
	address, err := m.lastingStore()
	if err != nil {
		return err
	}
	all, err := backend.MigrationStatus(ctx, address)
	if err != nil {
		return fmt.Errorf("store %s: %w", address, err)
	}
	if c.JSON {
		if err := m.printJSON(all); err != nil {
			return err
		}
	} else if err := m.writeMigrations(all); err != nil {
		return err
	}
	for _, migration := range all {
		if migration.AppliedAt.IsZero() {
			return failf(exitFailed, "%s is not up to date; run `skald migrate up`", address)
		}
	}
	return nil
}

func (m *Main) writeMigrations(all []eventstore.Migration) error {
	rows := [][]string{{"MIGRATION", "APPLIED"}}
	for _, migration := range all {
		rows = append(rows, []string{fmt.Sprintf("%04d_%s", migration.Number, migration.Name), when(migration.AppliedAt)})
	}
	return m.table(rows)
}

// lastingStore is the configured store, unless it keeps no tables.
func (m *Main) lastingStore() (backend.Address, error) {
	address, err := backend.ParseStore(m.config.Store)
	if err == nil && address.Kind == backend.Memory {
		err = usagef("a memory: store has no tables to migrate; name another with --store")
	}
	return address, err
}
