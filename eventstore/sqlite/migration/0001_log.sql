-- The log, split into lanes. Times are microseconds since 1970, UTC; ids of sagas are the 16 bytes of the UUID. The view
-- saga_events shows both as text.

-- One row a lane. Its head is the offset of the last event, its hash that event's.
CREATE TABLE lanes (
    lane INTEGER PRIMARY KEY,
    head INTEGER NOT NULL DEFAULT 0,
    hash BLOB NOT NULL DEFAULT (zeroblob(32))
) STRICT;

-- One row a saga, in step with its history.
CREATE TABLE sagas (
    lane INTEGER NOT NULL,
    saga_id BLOB NOT NULL,
    correlation_id TEXT NOT NULL,
    definition_name TEXT NOT NULL,
    definition_version INTEGER NOT NULL,
    definition_digest TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    open INTEGER NOT NULL,              -- 1 until the saga has ended
    next_due INTEGER,                   -- when something is to be done if nothing arrives before
    PRIMARY KEY (lane, saga_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sagas_correlation ON sagas (correlation_id);

CREATE INDEX sagas_open ON sagas (lane, saga_id) WHERE open;

-- What happened. Nothing here is ever changed.
CREATE TABLE events (
    lane INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,          -- place within the lane: 1, 2, 3 ...
    saga_id BLOB NOT NULL,
    version INTEGER NOT NULL,           -- place within the saga: 1, 2, 3 ...
    event_type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,    -- of the payload
    payload TEXT NOT NULL,              -- JSON, byte for byte as it was appended
    recorded_at INTEGER NOT NULL,
    causation_id TEXT NOT NULL,         -- the message that caused it
    trace TEXT NOT NULL,                -- W3C traceparent, or ''
    hash BLOB NOT NULL,                 -- SHA-256 of the hash before it and this event's digest
    PRIMARY KEY (lane, "offset")
) STRICT, WITHOUT ROWID;

-- A history by its saga. It has a name so that queries can insist on it: left to itself SQLite reads the whole lane.
CREATE UNIQUE INDEX events_by_saga ON events (lane, saga_id, version);

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN
    SELECT raise(ABORT, 'history is append-only: events are never updated; what is wrong is put right by a new event');
END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN
    SELECT raise(ABORT, 'history is append-only: events are never deleted');
END;

-- INSERT OR REPLACE removes a row without firing a DELETE trigger.
CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
WHEN new."offset" <= (SELECT head FROM lanes WHERE lane = new.lane)
BEGIN
    SELECT raise(ABORT, 'history is append-only: there is an event at this offset');
END;

CREATE VIEW saga_events AS
SELECT
    lower(
        substr(hex(e.saga_id), 1, 8) || '-' || substr(hex(e.saga_id), 9, 4) || '-' || substr(hex(e.saga_id), 13, 4) || '-'
        || substr(hex(e.saga_id), 17, 4) || '-' || substr(hex(e.saga_id), 21)
    ) AS saga_id,
    s.correlation_id,
    s.status,
    e.version,
    e.event_type,
    e.payload,
    strftime('%Y-%m-%dT%H:%M:%S', e.recorded_at / 1000000, 'unixepoch') || printf('.%06dZ', e.recorded_at % 1000000)
        AS recorded_at,
    e.causation_id,
    e.trace,
    e.lane,
    e."offset"
FROM events AS e
INNER JOIN sagas AS s ON e.lane = s.lane AND e.saga_id = s.saga_id;
