package sqlite

import (
	"embed"
	"strings"

	"github.com/skald-go/skald/eventstore/internal/migration"
)

var (
	//go:embed migration/*.sql
	migrationFiles embed.FS
	//go:embed query/*.sql
	queryFiles embed.FS

	migrations = migration.Load(migrationFiles, "migration")
)

// The statements, one a file.
var (
	insertSagaSQL         = query("insert_saga")
	updateSagaSQL         = query("update_saga")
	sagaVersionSQL        = query("saga_version")
	insertEventsSQL       = query("insert_events")
	laneSQL               = query("lane")
	updateLaneSQL         = query("update_lane")
	readLaneSQL           = query("read_lane")
	readSagasSQL          = query("read_sagas")
	headsSQL              = query("heads")
	sagasByCorrelationSQL = query("sagas_by_correlation")
	openSagasSQL          = query("open_sagas")
	sagaHeadsSQL          = query("saga_heads")
	putDefinitionSQL      = query("put_definition")
	definitionSQL         = query("definition")
	definitionsSQL        = query("definitions")
	putDeadLetterSQL      = query("put_dead_letter")
	deadLettersSQL        = query("dead_letters")
	deadLetterSQL         = query("dead_letter")
	resolveDeadLetterSQL  = query("resolve_dead_letter")
	hasTableSQL           = query("has_table")
	createMigrationsSQL   = query("create_migrations")
	appliedMigrationsSQL  = query("applied_migrations")
	recordMigrationSQL    = query("record_migration")
	createLanesSQL        = query("create_lanes")
	countLanesSQL         = query("count_lanes")
)

func query(name string) string {
	text, err := queryFiles.ReadFile("query/" + name + ".sql")
	if err != nil {
		panic(err) // the file is embedded: every test sees it
	}
	return string(text)
}

// repeatRow is an INSERT of one row made into one of n rows.
func repeatRow(insert string, n int) string {
	at := strings.LastIndex(insert, "(")
	row := strings.TrimSpace(insert[at:])
	return insert[:at] + row + strings.Repeat(",\n"+row, n-1)
}
