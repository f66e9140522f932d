SELECT
    saga_id, correlation_id, lane, definition_name, definition_version, definition_digest, version, status, next_due
FROM skald.sagas
WHERE correlation_id = $1
ORDER BY saga_id
