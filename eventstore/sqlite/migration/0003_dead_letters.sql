-- Messages that could not be handled, until a person decides about them. Ids sort by time.
CREATE TABLE dead_letters (
    id TEXT PRIMARY KEY,
    stream TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    consumer_group TEXT NOT NULL,
    reason TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    saga_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    fields TEXT NOT NULL,               -- JSON: [{"name": ..., "value": ...}], in the order of the entry
    at INTEGER NOT NULL,                -- microseconds since 1970, UTC
    resolution TEXT NOT NULL DEFAULT '',
    resolved_by TEXT NOT NULL DEFAULT '',
    resolved_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX dead_letters_unresolved ON dead_letters (id) WHERE resolution = '';
