-- Messages that could not be handled, until a person decides about them. Ids sort by time.
CREATE TABLE skald.dead_letters (
    id text COLLATE "C" PRIMARY KEY,
    stream text NOT NULL,
    entry_id text NOT NULL,
    consumer_group text NOT NULL,
    reason text NOT NULL,
    correlation_id text NOT NULL,
    saga_id text NOT NULL,
    event_type text NOT NULL,
    fields json NOT NULL,              -- [{"name": ..., "value": ...}], in the order of the entry
    at timestamptz NOT NULL,
    resolution text NOT NULL DEFAULT '',
    resolved_by text NOT NULL DEFAULT '',
    resolved_at timestamptz
);

CREATE INDEX dead_letters_unresolved ON skald.dead_letters (id) WHERE resolution = '';
