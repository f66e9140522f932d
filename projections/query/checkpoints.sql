-- Where a projection stands in every lane.
SELECT lane, version, position, updated_at
FROM checkpoints
WHERE projection = $1
ORDER BY lane
