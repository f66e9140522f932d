SELECT
    saga_id, correlation_id, lane, definition_name, definition_version, definition_digest, version, status, next_due
FROM skald.sagas
WHERE lane = $1 AND saga_id > $2
ORDER BY saga_id
LIMIT $3
