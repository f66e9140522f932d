package main

import (
	"cmp"

	"github.com/skald-go/skald/web"
)

type versionCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (versionCommand) Help() string {
	return `Examples:

  skald version --json`
}

func (c *versionCommand) Run(m *Main) error {
	build := web.Build()
	if c.JSON {
		return m.printJSON(build)
	}
	m.printf("skald %s (%s, revision %s, protocol %d)\n", build.Version, build.Go, cmp.Or(build.Revision, "unknown"), build.Protocol)
	return nil
}
