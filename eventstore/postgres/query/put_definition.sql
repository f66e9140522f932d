INSERT INTO skald.definitions (name, version, digest, document, published_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
