-- Writes what a saga is now. What never changes about a saga is written once. The list of values is repeated for as many
-- rows as are at hand.
INSERT INTO saga_status (
    saga_id, correlation_id, lane, definition, definition_version, status, current_step, progress, attempts, error,
    input, started_at, updated_at, ended_at, version
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (saga_id) DO UPDATE SET
    status = excluded.status,
    current_step = excluded.current_step,
    progress = excluded.progress,
    attempts = excluded.attempts,
    error = excluded.error,
    updated_at = excluded.updated_at,
    ended_at = excluded.ended_at,
    version = excluded.version
