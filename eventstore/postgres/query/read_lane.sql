-- The sub-query has the saga looked up by its key, whatever the planner believes about the tables' sizes.
SELECT
    e.lane, e."offset", e.saga_id,
    (SELECT s.correlation_id FROM skald.sagas AS s WHERE s.lane = e.lane AND s.saga_id = e.saga_id),
    e.version, e.event_type, e.schema_version, e.payload, e.recorded_at, e.causation_id, e.trace, e.hash
FROM skald.events AS e
WHERE e.lane = $1 AND e."offset" > $2
ORDER BY e."offset"
LIMIT $3
