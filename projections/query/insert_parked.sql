-- Parks sagas. One that is parked already keeps the place where its effects begin to be missing.
INSERT INTO projection_parked (projection, saga_id, lane, position, version, reason, parked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (projection, saga_id) DO NOTHING
