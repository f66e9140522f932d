-- ?1 is a JSON array of {"lane": ..., "id": the 32 hex digits of the saga's id}.
SELECT
    w.key,
    e.lane, e."offset", e.saga_id, s.correlation_id, e.version, e.event_type, e.schema_version, e.payload,
    e.recorded_at, e.causation_id, e.trace, e.hash
FROM json_each(?1) AS w
CROSS JOIN sagas AS s ON s.lane = w.value ->> 'lane' AND s.saga_id = unhex(w.value ->> 'id')
CROSS JOIN events AS e INDEXED BY events_by_saga ON e.lane = s.lane AND e.saga_id = s.saga_id
ORDER BY w.key, e.version
