INSERT INTO sagas (
    lane, saga_id, correlation_id, definition_name, definition_version, definition_digest, version, status, open, next_due
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
