INSERT INTO skald.migrations (number, name, applied_at)
VALUES ($1, $2, $3)
