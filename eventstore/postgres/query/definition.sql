-- Version 0 asks for the newest.
SELECT name, version, digest, document, published_at FROM skald.definitions
WHERE name = $1 AND ($2::integer = 0 OR version = $2)
ORDER BY version DESC
LIMIT 1
