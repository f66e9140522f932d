-- Puts a projection at the start of a lane, unless it has been there before. Repeated for each lane.
INSERT INTO checkpoints (projection, lane, version, position, updated_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (projection, lane) DO NOTHING
