SELECT
    saga_id, correlation_id, lane, definition, definition_version, status, current_step, progress, attempts, error,
    input, started_at, updated_at, ended_at, version
FROM saga_status
