SELECT name, version, digest, document, published_at FROM definitions
ORDER BY name, version
