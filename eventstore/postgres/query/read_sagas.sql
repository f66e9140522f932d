SELECT
    w.place,
    e.lane, e."offset", e.saga_id, s.correlation_id, e.version, e.event_type, e.schema_version, e.payload,
    e.recorded_at, e.causation_id, e.trace, e.hash
FROM unnest($1::smallint [], $2::uuid []) WITH ORDINALITY AS w (lane, saga_id, place)
INNER JOIN skald.sagas AS s ON s.lane = w.lane AND s.saga_id = w.saga_id
INNER JOIN skald.events AS e ON e.lane = w.lane AND e.saga_id = w.saga_id
ORDER BY w.place, e.version
