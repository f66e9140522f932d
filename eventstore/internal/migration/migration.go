// Package migration reads the numbered .sql files of a driver.
package migration

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// Step is one file: "0001_log.sql" is step 1, "log".
type Step struct {
	Number int
	Name   string
	SQL    string
}

var fileName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// Load reads the steps in a folder. It panics on a file that is no step or on a gap in the numbers: the files are
// embedded in the program, so that such a fault is one of ours and every test sees it.
func Load(files fs.FS, folder string) []Step {
	entries, err := fs.ReadDir(files, folder) // sorted by name, and so by number
	if err != nil {
		panic(err)
	}
	steps := make([]Step, len(entries))
	for i, entry := range entries {
		name := fileName.FindStringSubmatch(entry.Name())
		if name == nil {
			panic(fmt.Sprintf("migration file %q: want a name such as 0001_log.sql", entry.Name()))
		}
		number, _ := strconv.Atoi(name[1])
		if number != i+1 {
			panic(fmt.Sprintf("migration file %q: want number %d", entry.Name(), i+1))
		}
		text, err := fs.ReadFile(files, path.Join(folder, entry.Name()))
		if err != nil {
			panic(err)
		}
		steps[i] = Step{Number: number, Name: name[2], SQL: string(text)}
	}
	return steps
}

// Status is what the steps look like in a database where the given ones have been applied.
func Status(steps []Step, applied map[int]time.Time) []eventstore.Migration {
	status := make([]eventstore.Migration, len(steps))
	for i, step := range steps {
		status[i] = eventstore.Migration{Number: step.Number, Name: step.Name, AppliedAt: applied[step.Number]}
	}
	return status
}

// Pending are the steps that have yet to be applied.
func Pending(steps []Step, applied map[int]time.Time) []Step {
	var pending []Step
	for _, step := range steps {
		if _, done := applied[step.Number]; !done {
			pending = append(pending, step)
		}
	}
	return pending
}

// NotMigrated is the ErrNotMigrated that names what is missing, or nil when nothing is.
func NotMigrated(steps []Step, applied map[int]time.Time) error {
	pending := Pending(steps, applied)
	if len(pending) == 0 {
		return nil
	}
	return fmt.Errorf("%w (%d of %d are missing, first %04d_%s)",
		eventstore.ErrNotMigrated, len(pending), len(steps), pending[0].Number, pending[0].Name)
}
