-- Waits for every append under way to these lanes.
SELECT head FROM skald.lanes
WHERE lane = ANY ($1)
ORDER BY lane
FOR UPDATE
