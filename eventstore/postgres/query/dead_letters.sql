-- $1 = '' asks for the newest.
SELECT
    id, stream, entry_id, consumer_group, reason, correlation_id, saga_id, event_type, fields, at,
    resolution, resolved_by, resolved_at
FROM skald.dead_letters
WHERE resolution = '' AND ($1 = '' OR id < $1)
ORDER BY id DESC
LIMIT $2
