INSERT INTO dead_letters (
    id, stream, entry_id, consumer_group, reason, correlation_id, saga_id, event_type, fields, at
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
