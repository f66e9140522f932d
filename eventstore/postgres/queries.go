package postgres

import (
	"embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/eventstore/internal/migration"
)

var (
	//go:embed migration/*.sql
	migrationFiles embed.FS
	//go:embed query/*.sql
	queryFiles embed.FS
)

// queries are the statements of a store, one a file, with the store's schema put in.
type queries struct {
	schema     string
	migrations []migration.Step

	append             string
	lockLanes          string
	readBack           string
	readLane           string
	readSagas          string
	heads              string
	sagasByCorrelation string
	openSagas          string
	sagaHeads          string
	putDefinition      string
	definition         string
	definitions        string
	putDeadLetter      string
	deadLetters        string
	deadLetter         string
	resolveDeadLetter  string
	hasSchema          string
	createSchema       string
	hasMigrations      string
	createMigrations   string
	appliedMigrations  string
	recordMigration    string
	lockMigrations     string
	grantWriter        string
	createLanes        string
	countLanes         string
	demandDurability   string
	announce           string
	listen             string
}

// schemaName is what a schema may be called: names that need no quotes, so that people need none either.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

func queriesFor(schema string) (*queries, error) {
	if !schemaName.MatchString(schema) || strings.HasPrefix(schema, "pg_") {
		return nil, fmt.Errorf("schema %q: use lower-case letters, digits and _, at most 63, not beginning with a digit or pg_", schema)
	}
	quoted := pgx.Identifier{schema}.Sanitize()
	inSchema := strings.NewReplacer("SCHEMA skald", "SCHEMA "+quoted, "skald.", quoted+".")
	query := func(name string) string {
		text, err := queryFiles.ReadFile("query/" + name + ".sql")
		if err != nil {
			panic(err) // the file is embedded: every test sees it
		}
		return inSchema.Replace(string(text))
	}
	steps := migration.Load(migrationFiles, "migration")
	for i := range steps {
		steps[i].SQL = inSchema.Replace(steps[i].SQL)
	}
	return &queries{
		schema:             schema,
		migrations:         steps,
		append:             query("append"),
		lockLanes:          query("lock_lanes"),
		readBack:           query("read_back"),
		readLane:           query("read_lane"),
		readSagas:          query("read_sagas"),
		heads:              query("heads"),
		sagasByCorrelation: query("sagas_by_correlation"),
		openSagas:          query("open_sagas"),
		sagaHeads:          query("saga_heads"),
		putDefinition:      query("put_definition"),
		definition:         query("definition"),
		definitions:        query("definitions"),
		putDeadLetter:      query("put_dead_letter"),
		deadLetters:        query("dead_letters"),
		deadLetter:         query("dead_letter"),
		resolveDeadLetter:  query("resolve_dead_letter"),
		hasSchema:          query("has_schema"),
		createSchema:       query("create_schema"),
		hasMigrations:      query("has_migrations"),
		createMigrations:   query("create_migrations"),
		appliedMigrations:  query("applied_migrations"),
		recordMigration:    query("record_migration"),
		lockMigrations:     query("lock_migrations"),
		grantWriter:        query("grant_writer"),
		createLanes:        query("create_lanes"),
		countLanes:         query("count_lanes"),
		demandDurability:   query("demand_durability"),
		announce:           query("announce"),
		listen:             query("listen"),
	}, nil
}
