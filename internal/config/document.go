package config

import (
	"fmt"
	"strings"
)

// Markdown is the page docs/configuration.md. A test holds the file to it; `go test ./internal/config -update` writes it.
func Markdown() string {
	var b strings.Builder
	b.WriteString(pageHead)
	b.WriteString("| key | environment | flag | value | default | meaning |\n|---|---|---|---|---|---|\n")
	for _, key := range keys {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s | %s |\n", key.Name, key.Env(), code(key.Flag, "`--set`"), key.Type,
			code(key.Default, "(empty)"), key.Doc)
	}
	b.WriteString(pageTail)
	return b.String()
}

func code(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return "`" + text + "`"
}

const pageHead = `# Configuration

<!-- Made from internal/config/keys.go by "go test ./internal/config -update"; a test fails when it is out of date. -->

Every value comes from the last of these that sets it:

1. its default,
2. a YAML file, named by ` + "`--config FILE` or `SKALD_CONFIG`" + `,
3. an environment variable ` + "`SKALD_…`" + ` (an empty one counts as not set),
4. a flag: one of its own where the table names it, and ` + "`--set KEY=VALUE`" + ` for every key.

` + "`skald config`" + ` prints the effective values and where each came from; passwords are shown as ` + "`" + Hidden + "`" + `. An unknown key in the
file or after ` + "`--set`" + ` is an error that names the nearest key.

`

const pageTail = `
## As a file

` + "```yaml" + `
store: postgres://skald:secret@db.internal/skald
broker: redis://redis.internal:6379/0
broker.redis.trim: 10s # in one word, since broker has a value of its own
definitions: /etc/skald/definitions
log:
  level: info
  format: json
shutdown:
  deadline: 30s
` + "```" + `

A password in a file or an environment variable is readable by whoever can read those; for Postgres a ` + "`.pgpass`" + ` file or
` + "`PGPASSWORD`" + ` works as with any other client.
`

// Text is the table for a terminal, as `skald config --help` shows it.
func Text() string {
	var b strings.Builder
	b.WriteString("Keys (file: nested YAML; environment: as shown; any key as --set KEY=VALUE):\n")
	for _, key := range keys {
		fmt.Fprintf(&b, "\n%s  (%s, default %s)\n", key.Name, key.Type, orEmpty(key.Default))
		fmt.Fprintf(&b, "    %s", key.Env())
		if key.Flag != "" {
			fmt.Fprintf(&b, ", %s", key.Flag)
		}
		fmt.Fprintf(&b, "\n    %s\n", strings.ReplaceAll(key.Doc, "`", ""))
	}
	return b.String()
}

func orEmpty(text string) string {
	if text == "" {
		return "empty"
	}
	return text
}
