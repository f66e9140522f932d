package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/skald-go/skald/internal/config"
)

// commands is the command line: what stands before every command, and the commands.
type commands struct {
	Config    string            `help:"Read configuration from this YAML file (or SKALD_CONFIG)." placeholder:"FILE"`
	Set       map[string]string `help:"Set any key of the configuration; 'skald config --help' lists them." placeholder:"KEY=VALUE" mapsep:"none"`
	Store     *string           `help:"Store: sqlite:FILE, postgres://… or memory:. Given to a command that reads, it reads the store instead of asking the server." placeholder:"URL"`
	Broker    *string           `help:"Broker: inproc: or redis://…" placeholder:"URL"`
	Server    *string           `help:"Server that commands talk to (default http://127.0.0.1:8080)." placeholder:"URL"`
	LogLevel  *string           `help:"debug, info (default), warn or error." placeholder:"LEVEL"`
	LogFormat *string           `help:"text (default) or json; lines go to standard error." placeholder:"FORMAT"`

	Serve       serveCommand       `cmd:"" group:"Run" help:"Run sagas: engine, router, projections and API."`
	Participant participantCommand `cmd:"" group:"Run" help:"Run the example participants of a mission or an order."`
	Demo        demoCommand        `cmd:"" group:"Run" help:"Show what Skald does, in one process with nothing installed."`

	Start  startCommand  `cmd:"" group:"Sagas" help:"Start a saga."`
	Status statusCommand `cmd:"" group:"Sagas" help:"Show where a saga, or a conversation, stands."`
	List   listCommand   `cmd:"" group:"Sagas" help:"List sagas, newest first."`
	Signal signalCommand `cmd:"" group:"Sagas" help:"Tell a saga something that one of its steps waits for."`
	Replay replayCommand `cmd:"" group:"Sagas" help:"Recite a conversation from its history, or verify everything."`

	Cancel     cancelCommand     `cmd:"" group:"Operators" help:"Ask a saga to turn round: what was done is undone."`
	Compensate compensateCommand `cmd:"" group:"Operators" help:"Turn a saga round as if a step had failed."`
	Pause      pauseCommand      `cmd:"" group:"Operators" help:"Keep a saga from sending anything."`
	Resume     resumeCommand     `cmd:"" group:"Operators" help:"Let a paused saga go on."`
	Retry      retryCommand      `cmd:"" group:"Operators" help:"Make the next attempt of a step now."`
	Skip       skipCommand       `cmd:"" group:"Operators" help:"Count a step as done that need not be done."`
	Complete   completeCommand   `cmd:"" group:"Operators" help:"Count a step as done that was done by hand."`
	Resolve    resolveCommand    `cmd:"" group:"Operators" help:"Count a stuck compensation as done by hand."`

	Definitions definitionsCommand `cmd:"" group:"Care" help:"Check, publish and show definitions."`
	Dead        deadCommand        `cmd:"" group:"Care" help:"Decide about messages that could not be handled."`
	Projections projectionsCommand `cmd:"" group:"Care" help:"Look after the tables made from the log."`
	Migrate     migrateCommand     `cmd:"" group:"Care" help:"Create or update the tables of a store."`
	ConfigShow  configCommand      `cmd:"" name:"config" group:"Care" help:"Print the effective configuration."`
	Version     versionCommand     `cmd:"" group:"Care" help:"Print the version."`
}

// load makes the configuration of defaults, file, environment and flags, in that order.
func (c *commands) load(env []string, stderr io.Writer) (config.Config, error) {
	flags := maps.Clone(c.Set)
	if flags == nil {
		flags = map[string]string{}
	}
	for key, value := range map[string]*string{
		"store": c.Store, "broker": c.Broker, "server": c.Server, "log.level": c.LogLevel, "log.format": c.LogFormat,
		"listen": cmp.Or(c.Serve.Listen, c.Demo.Listen), "definitions": c.Serve.Definitions,
	} {
		if value != nil {
			flags[key] = *value
		}
	}
	effective, hints, err := config.Load(config.Sources{File: cmp.Or(c.Config, lookupEnv(env, "SKALD_CONFIG")), Env: env, Flags: flags})
	if err != nil {
		return config.Config{}, usagef("%w", err)
	}
	for _, hint := range hints {
		_, _ = fmt.Fprintln(stderr, "skald: note: "+hint)
	}
	return effective, nil
}

func lookupEnv(env []string, name string) string {
	for _, line := range env {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}
