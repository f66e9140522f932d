SELECT
    e.lane, e."offset", e.saga_id, s.correlation_id, e.version, e.event_type, e.schema_version, e.payload,
    e.recorded_at, e.causation_id, e.trace, e.hash
FROM skald.events AS e
INNER JOIN skald.sagas AS s ON e.lane = s.lane AND e.saga_id = s.saga_id
WHERE e.lane = $1 AND e."offset" > $2
ORDER BY e."offset"
LIMIT $3
