SELECT
    id, stream, entry_id, consumer_group, reason, correlation_id, saga_id, event_type, fields, at,
    resolution, resolved_by, resolved_at
FROM skald.dead_letters
WHERE id = $1
