-- For each saga of an append: its row, and the event after the version that the append expected.
SELECT
    w.place,
    coalesce(s.version, 0),
    coalesce(s.last_append_id = $1, false),
    e."offset", e.event_type, e.schema_version, e.payload, e.recorded_at, e.causation_id, e.trace
FROM unnest($2::smallint [], $3::uuid [], $4::bigint []) WITH ORDINALITY AS w (lane, saga_id, expected, place)
LEFT JOIN skald.sagas AS s ON s.lane = w.lane AND s.saga_id = w.saga_id
LEFT JOIN skald.events AS e ON e.lane = w.lane AND e.saga_id = w.saga_id AND e.version = w.expected + 1
ORDER BY w.place
