SELECT name, version, digest, document, published_at FROM skald.definitions
ORDER BY name, version
