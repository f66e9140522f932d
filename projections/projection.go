package projections

import (
	"context"
	"fmt"
	"regexp"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Projection keeps tables in step with the log.
//
// What Apply writes must follow from the batches alone: no clock, no randomness, nothing read from elsewhere. A batch
// may be applied to the real tables and, while a rebuild runs, to shadows of them.
type Projection interface {
	// Name is the name under which checkpoints are kept: lower case letters, digits and underscores.
	Name() string

	// Version is raised when the rows change their meaning: the tables are then rebuilt, and processes that still run
	// an older version stop writing them. It counts from 1.
	Version() int

	// Tables names the tables that Apply writes, with their primary keys. They belong to this projection alone.
	Tables() []Table

	// Setup creates the tables where they are missing. It runs in a transaction whenever a Runner is made.
	Setup(ctx context.Context, tx *Tx) error

	// Apply writes what a batch changes. It must write through tx only, name tables plainly (without a schema), and not
	// keep the batch. An error rolls everything back; the batch comes again, alone with this projection, after a wait.
	Apply(ctx context.Context, tx *Tx, batch Batch) error
}

// Table is a table of a projection.
type Table struct {
	Name string
	Key  []string // columns of the primary key
}

// Batch is what happened in some lanes since the last batch.
type Batch struct {
	// Events are in order within each lane; lanes follow each other in no particular order.
	Events []Event
	// Sagas are the sagas that the events belong to, each once, as they are after the last of its events in this batch.
	Sagas []Saga
}

// Event is an event of the log with what it says.
type Event struct {
	Record eventstore.Record
	Fact   domain.Fact
}

// Saga is a saga before and after a batch.
type Saga struct {
	Before domain.State // of version 0 when the saga began in this batch
	State  domain.State
	Lane   eventstore.Lane
	// StepCount is the number of steps in the saga's definition; 0 when the store does not have the definition.
	StepCount int
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// check reports what is wrong with a projection before its names go into SQL.
func check(p Projection) error {
	if !plainName.MatchString(p.Name()) {
		return fmt.Errorf("projection %q: the name must be lower case letters, digits and underscores, at most 41, beginning with a letter", p.Name())
	}
	if p.Version() < 1 {
		return fmt.Errorf("projection %s: version %d; versions count from 1", p.Name(), p.Version())
	}
	if len(p.Tables()) == 0 {
		return fmt.Errorf("projection %s: it names no table; name every table that it writes", p.Name())
	}
	for _, table := range p.Tables() {
		if !plainName.MatchString(table.Name) || len(table.Key) == 0 {
			return fmt.Errorf("projection %s: table %q needs a plain lower case name and the columns of its primary key", p.Name(), table.Name)
		}
		for _, column := range table.Key {
			if !plainName.MatchString(column) {
				return fmt.Errorf("projection %s: table %s: key column %q is not a plain lower case name", p.Name(), table.Name, column)
			}
		}
	}
	return nil
}
