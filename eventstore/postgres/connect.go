package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// DefaultSchema is the schema of a store whose URL names none.
const DefaultSchema = "skald"

// schemaParameter is the parameter of the URL that names the schema.
const schemaParameter = "skald_schema"

// sessionSettings are those of the store's own connections. All its statements are known, touch few rows and find them by
// an index: one plan serves for ever, and planning anew, compiling, or a plan for a table that was empty when it was made
// only cost. What the URL sets itself stays.
var sessionSettings = map[string]string{
	"application_name":                    "skald",
	"default_transaction_isolation":       "read committed", // append_v1 must see what was committed while it waited
	"idle_in_transaction_session_timeout": "60000",          // ms; a process that stands still must not hold lanes
	"plan_cache_mode":                     "force_generic_plan",
	"jit":                                 "off",
	"enable_seqscan":                      "off",
	"enable_hashjoin":                     "off",
	"enable_mergejoin":                    "off",
	"enable_material":                     "off",
	"enable_bitmapscan":                   "off",
}

// parse reads the URL and makes the statements for the schema it names.
func parse(url string, logger *slog.Logger) (*pgxpool.Config, *queries, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, nil, err // pgx has redacted the password
	}
	parameters := config.ConnConfig.RuntimeParams
	schema := parameters[schemaParameter]
	delete(parameters, schemaParameter)
	if schema == "" {
		schema = DefaultSchema
	}
	q, err := queriesFor(schema)
	if err != nil {
		return nil, nil, err
	}
	config.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		level := slog.LevelDebug
		if n.Severity == "WARNING" {
			level = slog.LevelWarn
		}
		logger.Log(context.Background(), level, "postgres says", "message", n.Message)
	}
	return config, q, nil
}

// openPool makes the pool of the store's own connections; it connects when it is first used.
func openPool(ctx context.Context, config *pgxpool.Config, q *queries) (*pgxpool.Pool, error) {
	config = config.Copy()
	for name, value := range sessionSettings {
		if _, given := config.ConnConfig.RuntimeParams[name]; !given {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, q.demandDurability, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("set up the connection: %w", err)
		}
		return nil
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// openShared makes the database that others use, with the server's own settings and the store's schema searched first.
func openShared(config *pgxpool.Config, q *queries) *sql.DB {
	shared := config.ConnConfig.Copy()
	shared.RuntimeParams["search_path"] = pgx.Identifier{q.schema}.Sanitize() + ", public"
	db := stdlib.OpenDB(*shared)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db
}
