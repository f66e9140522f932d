-- Moves a projection on. Repeated for each lane that moved.
INSERT INTO checkpoints (projection, lane, version, position, updated_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (projection, lane) DO UPDATE SET
    version = excluded.version,
    position = excluded.position,
    updated_at = excluded.updated_at
