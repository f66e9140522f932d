-- Published definitions. A published version is never changed.
CREATE TABLE definitions (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL,             -- canonical JSON
    published_at INTEGER NOT NULL,      -- microseconds since 1970, UTC
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;
