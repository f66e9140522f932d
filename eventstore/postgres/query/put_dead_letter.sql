INSERT INTO skald.dead_letters (
    id, stream, entry_id, consumer_group, reason, correlation_id, saga_id, event_type, fields, at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
