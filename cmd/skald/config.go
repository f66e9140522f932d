package main

import "github.com/skald-go/skald/internal/config"

type configCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (configCommand) Help() string {
	return "Examples:\n\n  skald config\n  skald config --json --config skald.yaml\n\n" + config.Text()
}

func (c *configCommand) Run(m *Main) error {
	type setting struct {
		Key    string `json:"key"`
		Value  string `json:"value"` // without secrets
		Origin string `json:"origin"`
	}
	rows := [][]string{{"KEY", "VALUE", "FROM"}}
	settings := []setting{}
	for _, key := range config.Keys() {
		s := setting{key.Name, m.config.Value(key), m.config.Origin(key.Name)}
		settings = append(settings, s)
		rows = append(rows, []string{s.Key, orDash(s.Value), s.Origin})
	}
	if c.JSON {
		return m.printJSON(settings)
	}
	return m.table(rows)
}
