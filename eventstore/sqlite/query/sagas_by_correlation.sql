SELECT
    saga_id, correlation_id, lane, definition_name, definition_version, definition_digest, version, status, next_due
FROM sagas
WHERE correlation_id = ?
ORDER BY saga_id
