INSERT INTO events (
    lane, "offset", saga_id, version, event_type, schema_version, payload, recorded_at, causation_id, trace, hash
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
