package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Wrong input of every command: the exit code, and one line on standard error that says what to do next.
func TestWrongInput(t *testing.T) {
	s := serve(t, "--store", "memory:", "--participants", "order")
	directory := t.TempDir()
	faulty := filepath.Join(directory, "faulty.yaml")
	write(t, faulty, "name: x\nversion: 0\nsteps: []\n")
	empty := filepath.Join(directory, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	const unknown = "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1"
	missing := "sqlite:" + filepath.Join(directory, "none.db")
	for _, c := range []struct {
		args  string // separated by spaces; S stands for --server URL
		code  int
		words string
	}{
		{"strat", exitUsage, `did you mean "start"`},
		{"start", exitUsage, "skald start --help"},
		{"start order --input [1] S", exitUsage, "not a JSON object"},
		{"start order --input {oops S", exitUsage, "not a JSON object"},
		{"start order --input @nowhere.json S", exitNotFound, "check its name"},
		{"start nothing S", exitNotFound, "skald definitions put FILE"},
		{"start order --version 9 S", exitNotFound, "skald definitions list"},
		{"start order --server nowhere", exitUsage, "write http://HOST:PORT"},
		{"start order --server http://127.0.0.1:1", exitUnavailable, "skald serve"},
		{"status S", exitUsage, "skald status SAGA"},
		{"status " + unknown + " --correlation-id c S", exitUsage, "name either a saga or a conversation"},
		{"status nonsense S", exitUsage, "not a saga id"},
		{"status " + unknown + " S", exitNotFound, "skald list"},
		{"status --correlation-id nobody S", exitNotFound, "skald list"},
		{"list --status odd S", exitUsage, "use one of running"},
		{"list --limit 0 S", exitUsage, "between 1 and 1000"},
		{"list --after nonsense S", exitUsage, "unchanged"},
		{"list --store memory:", exitRefused, "leave --store away"},
		{"list --store mysql://h/d", exitUsage, "use sqlite:FILE"},
		{"list --store " + missing, exitNotFound, "skald migrate up"},
		{"cancel " + unknown + " S", exitUsage, "--reason"},
		{"cancel nonsense --reason x S", exitUsage, "not a saga id"},
		{"skip " + unknown + " step S", exitUsage, "--reason"},
		{"complete " + unknown + " step --output @nowhere.json --reason x S", exitNotFound, "check its name"},
		{"cancel " + unknown + " --reason x S", exitNotFound, "skald list"},
		{"replay S", exitUsage, "--correlation-id"},
		{"replay --correlation-id nobody S", exitNotFound, "skald list"},
		{"replay --correlation-id c --output xml S", exitUsage, "text"},
		{"replay --correlation-id c --at noon S", exitUsage, "skald replay"},
		{"replay verify --store " + missing, exitNotFound, "check --store"},
		{"replay verify --store memory:", exitRefused, "memory:"},
		{"definitions check nowhere.yaml", exitNotFound, "there is no file nowhere.yaml"},
		{"definitions check " + faulty, exitFailed, "correct what is said above"},
		{"definitions put " + faulty + " S", exitFailed, "skald definitions check"},
		{"definitions put nowhere.yaml S", exitNotFound, "check its name"},
		{"definitions show nothing S", exitNotFound, "skald definitions list"},
		{"dead list --limit 0 S", exitUsage, "between 1 and 1000"},
		{"dead show nothing S", exitNotFound, "skald dead list"},
		{"dead requeue nothing S", exitNotFound, "skald dead list"},
		{"dead discard nothing S", exitNotFound, "skald dead list"},
		{"projections rebuild nothing S", exitNotFound, "skald projections list"},
		{"migrate up --store memory:", exitUsage, "name another with --store"},
		{"migrate status --store redis://h", exitUsage, "use sqlite:FILE"},
		{"participant mission", exitUsage, "skald serve --participants mission"},
		{"participant lorry", exitUsage, "skald participant --help"},
		{"participant order --broker redis://127.0.0.1:1 --set connect.wait=0s", exitUnavailable, "start it, or correct its URL"},
		{"serve --listen 0.0.0.0:8080", exitUsage, "no authentication yet"},
		{"serve --listen nonsense", exitUsage, "HOST:PORT"},
		{"serve --store mysql://h --listen 127.0.0.1:0", exitUsage, "use sqlite:FILE"},
		{"serve --store memory: --broker kafka://h --listen 127.0.0.1:0", exitUsage, "use inproc:"},
		{"serve --store postgres://u@127.0.0.1:1/d --listen 127.0.0.1:0 --set connect.wait=0s", exitUnavailable, "start it, or correct its URL"},
		{"serve --definitions nowhere --listen 127.0.0.1:0", exitNotFound, "check --definitions"},
		{"serve --definitions " + empty + " --listen 127.0.0.1:0", exitNotFound, "no definition"},
		{"serve --definitions " + directory + " --listen 127.0.0.1:0", exitFailed, "skald definitions check"},
		{"serve --participants lorry", exitUsage, "skald serve --help"},
		{"demo --listen 0.0.0.0:0", exitUsage, "no authentication yet"},
		{"config --set lane=3", exitUsage, `did you mean "lanes"?`},
		{"config --set lanes=none", exitUsage, "whole number"},
		{"config --config nowhere.yaml", exitUsage, "nowhere.yaml"},
		{"version --log-level loud", exitUsage, "debug, info, warn, error"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var args []string
			for _, arg := range strings.Fields(c.args) {
				if arg == "S" {
					args = append(args, "--server", s.url)
					continue
				}
				args = append(args, arg)
			}
			o := skald(t, args...).want(t, c.code, c.words)
			lines := strings.Split(strings.TrimSpace(o.stderr), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "skald: ") {
				t.Errorf("the last line is not the error: %q", last)
			}
			errorLines := 0
			for _, line := range lines {
				if strings.HasPrefix(line, "skald: ") {
					errorLines++
				}
			}
			if errorLines != 1 {
				t.Errorf("%d lines of error:\n%s", errorLines, o.stderr)
			}
		})
	}
}

func TestAWaitThatRunsOutIsNoFailure(t *testing.T) {
	s := serve(t, "--store", "memory:", "--definitions", definitionsDirectory(t)) // nobody handles its step
	s.skald("start", "walk", "--wait", "--timeout", "50ms").want(t, exitUnknown, "it goes on")
}

func TestInputComesFromAFileOrStandardInput(t *testing.T) {
	s := serve(t, "--store", "memory:", "--participants", "order")
	const input = `{"item": "lamp", "quantity": 1, "amount": 100}`
	file := filepath.Join(t.TempDir(), "order.json")
	write(t, file, input)
	s.skald("start", "order", "--input", "@"+file, "--wait").want(t, exitOK, "completed")
	skaldWith(t, input, nil, "start", "order", "--input", "@-", "--wait", "--server", s.url).want(t, exitOK, "completed")
}

func TestConfigurationComesFromEveryPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "skald.yaml")
	write(t, file, "log: {format: json}\nbroker: redis://:hunter2@h/0\n")
	o := skaldWith(t, "", []string{"SKALD_CONFIG=" + file, "SKALD_STORE=postgres://u:hunter2@h/d", "SKALD_STROE=x"},
		"config", "--set", "lanes=4", "--log-level", "debug").
		want(t, exitOK, "environment SKALD_STORE", "file "+file, "flag", "default", "did you mean SKALD_STORE?")
	if strings.Contains(o.stdout+o.stderr, "hunter2") {
		t.Errorf("a password is shown:\n%s%s", o.stdout, o.stderr)
	}
	var settings []struct{ Key, Value, Origin string }
	skald(t, "config", "--json").want(t, exitOK).json(t, &settings)
	if len(settings) == 0 || settings[0].Key != "store" || settings[0].Origin != "default" {
		t.Errorf("settings: %+v", settings)
	}
}

func TestVersion(t *testing.T) {
	skald(t, "version").want(t, exitOK, "protocol 1")
	skald(t, "version", "--json").want(t, exitOK, `"protocol": 1`)
}

// eventually waits for what another goroutine does without telling.
func eventually(t *testing.T, so func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-deadline:
			t.Fatal("it did not come to that")
		case <-tick.C:
		}
	}
}
