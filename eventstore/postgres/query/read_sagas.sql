-- LATERAL with an OFFSET has each history looked up by its key, whatever the planner believes about the tables' sizes.
SELECT
    w.place,
    e.lane, e."offset", e.saga_id,
    (SELECT s.correlation_id FROM skald.sagas AS s WHERE s.lane = e.lane AND s.saga_id = e.saga_id),
    e.version, e.event_type, e.schema_version, e.payload, e.recorded_at, e.causation_id, e.trace, e.hash
FROM unnest($1::smallint [], $2::uuid []) WITH ORDINALITY AS w (lane, saga_id, place)
CROSS JOIN LATERAL (
    SELECT * FROM skald.events AS h
    WHERE h.lane = w.lane AND h.saga_id = w.saga_id
    OFFSET 0
) AS e
ORDER BY w.place, e.version
