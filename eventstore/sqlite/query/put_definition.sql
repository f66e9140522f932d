INSERT INTO definitions (name, version, digest, document, published_at)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
