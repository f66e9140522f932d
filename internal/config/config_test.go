package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

func TestDocumentationIsUpToDate(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "configuration.md")
	if *update {
		if err := os.WriteFile(page, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Markdown() {
		t.Error("docs/configuration.md is out of date; run: go test ./internal/config -update")
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	for _, key := range Keys() {
		if key.Doc == "" || key.Type == "" || key.field == nil {
			t.Errorf("%s: incomplete row", key.Name)
		}
		if !strings.Contains(Text(), key.Env()) {
			t.Errorf("%s: not in the help text", key.Name)
		}
	}
}

// write puts a configuration file into a directory of the test's own.
func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "skald.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestLaterSourcesWin(t *testing.T) {
	file := write(t, "store: sqlite:file.db\nbroker: redis://file\nbroker.redis.trim: 1m\nlog:\n  level: debug\nlanes: 4\nhttp: {max_body: 64KiB}\n")
	c, _, err := Load(Sources{
		File:  file,
		Env:   []string{"SKALD_BROKER=redis://env", "SKALD_LOG_LEVEL=warn", "SKALD_LANES=", "PATH=/bin"},
		Flags: map[string]string{"log.level": "error", "connect.wait": "5s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][2]string{
		"store":     {"sqlite:file.db", "file " + file},
		"broker":    {"redis://env", "environment SKALD_BROKER"},
		"log.level": {"error", OriginFlag},

		"broker.redis.trim":      {"1m0s", "file " + file}, // beside the value of "broker" itself
		"broker.redis.transport": {"skald", OriginDefault},

		"lanes":         {"4", "file " + file},
		"listen":        {"127.0.0.1:8080", OriginDefault},
		"http.max_body": {"64KiB", "file " + file},
		"connect.wait":  {"5s", OriginFlag},
	} {
		k, ok := lookup(key)
		if !ok {
			t.Fatalf("no key %s", key)
		}
		if got := [2]string{c.Value(k), c.Origin(key)}; got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if c.Connect.Wait != 5*time.Second || c.HTTP.MaxBody != 64<<10 {
		t.Errorf("typed fields differ: %+v", c)
	}
}

func TestFaultsNamePlaceAndRemedy(t *testing.T) {
	cases := []struct {
		name    string
		sources Sources
		want    []string
	}{
		{"unknown key", Sources{File: write(t, "lanes: 4\nstroe: x\n")}, []string{`:2: unknown key "stroe"; did you mean "store"?`}},
		{"unknown nested key", Sources{File: write(t, "log:\n  levle: info\n")}, []string{`:2: unknown key "log.levle"; did you mean "log.level"?`}},
		{"nothing near", Sources{File: write(t, "elephant_in_the_room: x\n")}, []string{"`skald config --help` lists all keys"}},
		{"all at once", Sources{File: write(t, "lanes: many\nlog: {level: loud}\n"), Env: []string{"SKALD_CONNECT_WAIT=soon"}},
			[]string{`:1: lanes: "many" is not a whole number`, `:2: log.level: "loud" is not one of debug, info, warn, error`,
				`SKALD_CONNECT_WAIT: "soon" is not a duration; write 500ms, 30s or 5m`}},
		{"wrong shape", Sources{File: write(t, "- a\n- b\n")}, []string{"must hold keys and values"}},
		{"section as value", Sources{File: write(t, "log: info\n")}, []string{":1: log must hold keys and values"}},
		{"value as section", Sources{File: write(t, "store: {a: b}\n")}, []string{"store must be a single value (URL)"}},
		{"not YAML", Sources{File: write(t, "store: [\n")}, []string{"is not YAML"}},
		{"flag", Sources{Flags: map[string]string{"lanes": "0"}}, []string{`--set lanes: "0" is not between 1 and 1024`}},
		{"unknown flag", Sources{Flags: map[string]string{"lane": "1"}}, []string{`--set lane: unknown key "lane"; did you mean "lanes"?`}},
		{"no file", Sources{File: "does-not-exist.yaml"}, []string{"cannot read the configuration file"}},
		{"size", Sources{Flags: map[string]string{"http.max_body": "big"}}, []string{"write 1MiB, 64KiB or 512B"}},
		{"deadline", Sources{Flags: map[string]string{"shutdown.deadline": "0s"}}, []string{"must be longer than nothing"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Load(c.sources)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q:\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error is not one line: %v", err)
			}
		})
	}
}

func TestFaultsAreATypeOfTheirOwn(t *testing.T) {
	_, _, err := Load(Sources{Flags: map[string]string{"lanes": "x", "nope": "y"}})
	if faults := (Faults)(nil); !errors.As(err, &faults) || len(faults) != 2 {
		t.Errorf("want two faults, got %v", err)
	}
}

func TestMisspeltEnvironmentIsHintedAt(t *testing.T) {
	_, hints, err := Load(Sources{Env: []string{"SKALD_STROE=memory:", "SKALD_SERVICE_HOST=10.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(hints) != 1 || !strings.Contains(hints[0], "did you mean SKALD_STORE?") {
		t.Errorf("hints: %q", hints)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	for in, want := range map[string]string{
		"postgres://skald:hunter2@db/skald?sslmode=require":    "postgres://skald:xxxxx@db/skald?sslmode=require",
		"postgres://db/skald?password=hunter2&sslmode=require": "postgres://db/skald?password=xxxxx&sslmode=require",
		"redis://:hunter2@redis:6379/0":                        "redis://:xxxxx@redis:6379/0",
		"sqlite:skald.db":                                      "sqlite:skald.db",
		"memory:":                                              "memory:",
		"postgres://skald:hunter2@db:port/%zz":                 "postgres:xxxxx",
		"":                                                     "",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	c, _, err := Load(Sources{Env: []string{"SKALD_STORE=postgres://u:hunter2@h/d"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range Keys() {
		if strings.Contains(c.Value(key), "hunter2") {
			t.Errorf("%s shows the password", key.Name)
		}
	}
}
