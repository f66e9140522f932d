-- Where a projection stands, kept from moving until the transaction ends. Rows are locked in order of lane, so that two
-- processes wait for each other and never deadlock. (SQLite: without FOR UPDATE, its transaction holds the write lock.)
SELECT lane, version, position, updated_at
FROM checkpoints
WHERE projection = $1
ORDER BY lane
FOR UPDATE
