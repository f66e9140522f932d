package sqlite

import (
	"database/sql"
	"time"
)

// micros is a time as a column keeps it; the zero time is NULL.
func micros(at time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: at.UnixMicro(), Valid: !at.IsZero()}
}

// timeOf is the time that micros wrote.
func timeOf(column sql.NullInt64) time.Time {
	if !column.Valid {
		return time.Time{}
	}
	return time.UnixMicro(column.Int64).UTC()
}
