-- The sagas that a projection could not fold.
SELECT saga_id, lane, position, version, reason, parked_at
FROM projection_parked
WHERE projection = $1
ORDER BY saga_id
