-- The log, split into lanes. "skald" stands for the schema's name, which is put in when the file is applied.

-- One row a lane. Its head is the offset of the last event, its hash that event's. An append holds the rows of the lanes
-- it writes to until it has committed: so offsets have no gaps, and a lower one is never seen later than a higher one.
-- Each append updates the row: the fill factor leaves room to do so within the page (HOT).
CREATE TABLE skald.lanes (
    lane smallint PRIMARY KEY,
    head bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- One row a saga, in step with its history. No index covers what changes while the saga runs (status, version, next_due):
-- its updates then touch no index. "open" changes once, at the end.
CREATE TABLE skald.sagas (
    lane smallint NOT NULL,
    saga_id uuid NOT NULL,
    correlation_id text NOT NULL,
    definition_name text NOT NULL,
    definition_version integer NOT NULL,
    definition_digest text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    open boolean NOT NULL,
    next_due timestamptz,
    last_append_id uuid NOT NULL,
    PRIMARY KEY (lane, saga_id)
) WITH (fillfactor = 70);

COMMENT ON COLUMN skald.sagas.open IS 'true until the saga has ended';
COMMENT ON COLUMN skald.sagas.next_due IS 'when something is to be done if nothing arrives before';
COMMENT ON COLUMN skald.sagas.last_append_id IS 'the append that wrote last: read back by a writer who lost the connection while committing';

CREATE INDEX sagas_correlation ON skald.sagas (correlation_id);

CREATE INDEX sagas_open ON skald.sagas (lane, saga_id) WHERE open;

-- What happened. Nothing here is ever changed.
CREATE TABLE skald.events (
    lane smallint NOT NULL,
    "offset" bigint NOT NULL,
    saga_id uuid NOT NULL,
    version bigint NOT NULL,
    event_type text NOT NULL,
    schema_version integer NOT NULL,
    payload json NOT NULL,
    recorded_at timestamptz NOT NULL,
    causation_id text NOT NULL,
    trace text NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (lane, "offset"),
    UNIQUE (lane, saga_id, version)
);

COMMENT ON COLUMN skald.events."offset" IS 'place within the lane: 1, 2, 3 ...';
COMMENT ON COLUMN skald.events.version IS 'place within the saga: 1, 2, 3 ...';
COMMENT ON COLUMN skald.events.schema_version IS 'of the payload';
COMMENT ON COLUMN skald.events.payload IS 'byte for byte as it was appended (json, not jsonb); cast to jsonb to query it';
COMMENT ON COLUMN skald.events.causation_id IS 'the message that caused it';
COMMENT ON COLUMN skald.events.trace IS 'W3C traceparent, or empty';
COMMENT ON COLUMN skald.events.hash IS 'SHA-256 of the hash before it in the lane and this event''s digest';

CREATE FUNCTION skald.refuse_change_of_history() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only: % on % is refused', tg_op, tg_table_name
        USING ERRCODE = 'SK001', HINT = 'What is wrong in a history is put right by a new event.';
END
$$;

CREATE TRIGGER history_is_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON skald.events
FOR EACH STATEMENT EXECUTE FUNCTION skald.refuse_change_of_history();

-- For people who query by SQL.
CREATE VIEW skald.saga_events AS
SELECT
    e.saga_id,
    s.correlation_id,
    s.status,
    e.version,
    e.event_type,
    e.payload,
    e.recorded_at,
    e.causation_id,
    e.trace,
    e.lane,
    e."offset"
FROM skald.events AS e
INNER JOIN skald.sagas AS s ON e.lane = s.lane AND e.saga_id = s.saga_id;
