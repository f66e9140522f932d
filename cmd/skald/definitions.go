package main

import (
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/document"
)

type definitionsCommand struct {
	Check checkDefinitionsCommand `cmd:"" help:"Check files and say all that is wrong, with lines."`
	Put   putDefinitionCommand    `cmd:"" help:"Publish a definition."`
	List  listDefinitionsCommand  `cmd:"" help:"List the published definitions."`
	Show  showDefinitionCommand   `cmd:"" help:"Show a published definition."`
}

func (definitionsCommand) Help() string {
	return `Examples:

  skald definitions check mission.yaml order.yaml
  skald definitions put mission.yaml
  skald definitions list --json
  skald definitions show mission 1`
}

type checkDefinitionsCommand struct {
	Files []string `arg:"" help:"YAML or JSON files." name:"file"`
}

func (checkDefinitionsCommand) Help() string {
	return `Examples:

  skald definitions check mission.yaml order.yaml`
}

func (c *checkDefinitionsCommand) Run(m *Main) error {
	faulty := 0
	for _, name := range c.Files {
		definition, err := loadDefinition(name)
		var faults domain.Faults
		switch {
		case errors.As(err, &faults):
			faulty++
			for _, fault := range faults {
				m.printf("%s: %s\n", name, fault)
			}
		case err != nil:
			return err
		default:
			m.printf("%s: ok, %s version %d, %s\n", name, definition.Name, definition.Version, definition.Digest())
		}
	}
	if faulty > 0 {
		return failf(exitFailed, "%d of %d definitions are faulty; correct what is said above", faulty, len(c.Files))
	}
	return nil
}

// loadDefinition reads a file; a file that is not there is told from one that is wrong.
func loadDefinition(name string) (*domain.Definition, error) {
	definition, err := document.Load(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, failf(exitNotFound, "there is no file %s; check its name", name)
	}
	return definition, err
}

type putDefinitionCommand struct {
	File string `arg:"" help:"YAML or JSON file."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (putDefinitionCommand) Help() string {
	return `The same content again changes nothing; a published version never changes: give a change a new version.

Examples:

  skald definitions put mission.yaml`
}

func (c *putDefinitionCommand) Run(ctx context.Context, m *Main) error {
	definition, err := loadDefinition(c.File)
	if err != nil {
		if faults := (domain.Faults)(nil); errors.As(err, &faults) {
			return failf(exitFailed, "%s is not a valid definition: %w; `skald definitions check %s` shows each fault on a line", c.File, err, c.File)
		}
		return err
	}
	server, err := m.client()
	if err != nil {
		return err
	}
	published, err := server.PutDefinition(ctx, definition)
	if err != nil {
		return err
	}
	if c.JSON {
		return m.printJSON(published)
	}
	m.printf("%s version %d is published (%s)\n", published.Name, published.Version, published.Digest)
	return nil
}

type listDefinitionsCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (listDefinitionsCommand) Help() string {
	return `Examples:

  skald definitions list
  skald definitions list --json`
}

func (c *listDefinitionsCommand) Run(ctx context.Context, m *Main) error {
	return m.withSource(ctx, func(from source) error {
		all, err := from.Definitions(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return m.printJSON(all)
		}
		if len(all.Definitions) == 0 {
			m.printf("no definitions; `skald definitions put FILE` publishes one\n")
			return nil
		}
		rows := [][]string{{"NAME", "VERSION", "PUBLISHED", "DIGEST"}}
		for _, d := range all.Definitions {
			rows = append(rows, []string{d.Name, strconv.Itoa(d.Version), when(d.PublishedAt), d.Digest})
		}
		return m.table(rows)
	})
}

type showDefinitionCommand struct {
	Name    string `arg:"" help:"Name of the definition."`
	Version int    `arg:"" optional:"" help:"Its version (default: the newest)."`
	JSON    bool   `name:"json" help:"Print JSON with digest and time of publishing; without it, the document alone."`
}

func (showDefinitionCommand) Help() string {
	return `Examples:

  skald definitions show mission
  skald definitions show mission 1 > mission.json`
}

func (c *showDefinitionCommand) Run(ctx context.Context, m *Main) error {
	return m.withSource(ctx, func(from source) error {
		d, err := from.Definition(ctx, c.Name, c.Version)
		if err != nil {
			return err
		}
		if c.JSON {
			return m.printJSON(d)
		}
		return m.printJSON(d.Document)
	})
}
