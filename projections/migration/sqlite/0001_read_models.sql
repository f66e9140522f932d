-- Read models and their checkpoints. They live beside the log, so that rows and checkpoint commit together.
-- Everything here can be rebuilt from the log: skald projections rebuild.
-- Times are UTC text such as 2026-11-24T11:50:50.000000Z: it sorts as it stands, and SQLite's date functions read it.

-- How far each projection has read each lane. Written in the transaction that writes the rows.
CREATE TABLE checkpoints (
    projection TEXT    NOT NULL, -- a rebuild under way has a name of its own
    lane       INTEGER NOT NULL,
    version    INTEGER NOT NULL, -- of the projection that wrote the rows; a process with a lower one stops writing, one with a higher one rebuilds
    position   INTEGER NOT NULL DEFAULT 0, -- offset of the last event of the lane whose effect is in the rows; 0 before the first
    updated_at TEXT    NOT NULL,
    PRIMARY KEY (projection, lane)
) WITHOUT ROWID;

-- Sagas whose events a projection could not fold. Their rows stand still, all others go on. Tried again when a process
-- starts, and every minute.
CREATE TABLE projection_parked (
    projection TEXT    NOT NULL,
    saga_id    TEXT    NOT NULL,
    lane       INTEGER NOT NULL,
    position   INTEGER NOT NULL, -- offset of the first event whose effect is missing
    version    INTEGER NOT NULL, -- of that event within its saga
    reason     TEXT    NOT NULL, -- such as an event type that only a newer Skald knows
    parked_at  TEXT    NOT NULL,
    PRIMARY KEY (projection, saga_id)
) WITHOUT ROWID;

-- One row for each saga: where it stands now.
CREATE TABLE saga_status (
    saga_id            TEXT    NOT NULL PRIMARY KEY, -- ordered by time of start
    correlation_id     TEXT    NOT NULL, -- the conversation that the saga belongs to; see correlations
    lane               INTEGER NOT NULL, -- of the log that holds its history
    definition         TEXT    NOT NULL, -- name of the definition it was started with
    definition_version INTEGER NOT NULL,
    status             TEXT    NOT NULL, -- running, compensating, completed, compensated, cancelled, stuck (waits for a person)
    current_step       TEXT,             -- under way or holding the saga; of several the one commanded first; NULL when none is
    progress           REAL    NOT NULL, -- share of the steps done and not undone, 0 to 1; one under way counts by its last fraction
    attempts           INTEGER NOT NULL, -- commands decided so far, retries and compensations included
    error              TEXT,             -- why it turned round or stands still; while a step is retried, its last error
    input              TEXT    NOT NULL, -- the JSON object the saga was started with
    started_at         TEXT    NOT NULL, -- time of the first event
    updated_at         TEXT    NOT NULL, -- time of the last event
    ended_at           TEXT,             -- time of the event that ended it; NULL while it is open or stuck
    version            INTEGER NOT NULL  -- of the last event in this row
);
CREATE INDEX saga_status_by_correlation ON saga_status (correlation_id, saga_id);
CREATE INDEX saga_status_by_status      ON saga_status (status, saga_id);
CREATE INDEX saga_status_by_definition  ON saga_status (definition, saga_id);

-- One row for each step of a saga that has been commanded.
CREATE TABLE saga_steps (
    saga_id               TEXT    NOT NULL,
    step                  TEXT    NOT NULL, -- name in the definition
    position              INTEGER NOT NULL, -- place in the order of first commands, from 1
    phase                 TEXT    NOT NULL, -- open, waiting, done, given_up, undoing, undo_waiting, undone, undo_stuck
    direction             TEXT    NOT NULL, -- action, or compensation once the way back was commanded
    attempts              INTEGER NOT NULL, -- commands decided for the action
    compensation_attempts INTEGER NOT NULL, -- commands decided for the compensation
    in_doubt              INTEGER NOT NULL, -- 1: an attempt timed out and has not been answered since
    fraction              REAL    NOT NULL, -- last reported for the current attempt, 1 when done
    error                 TEXT,             -- last error, of either direction
    error_code            TEXT,             -- the participant's code for it; timeout when no answer came in time
    output                TEXT,             -- JSON the action answered with; NULL until it has completed
    commanded_at          TEXT    NOT NULL, -- time of the first command
    retry_at              TEXT,             -- when the next attempt is due, in a waiting phase
    ended_at              TEXT,             -- when the step last came to rest: done, given up, undone or stuck
    PRIMARY KEY (saga_id, step)
) WITHOUT ROWID;

-- One row for each conversation: the sum over its rows in saga_status.
CREATE TABLE correlations (
    correlation_id   TEXT    NOT NULL PRIMARY KEY,
    sagas            INTEGER NOT NULL, -- open + completed + compensated + cancelled + stuck
    open             INTEGER NOT NULL, -- running or compensating
    completed        INTEGER NOT NULL,
    compensated      INTEGER NOT NULL,
    cancelled        INTEGER NOT NULL,
    stuck            INTEGER NOT NULL, -- waiting for a person
    first_started_at TEXT    NOT NULL, -- start of the first saga
    last_updated_at  TEXT    NOT NULL  -- last event of any of them
) WITHOUT ROWID;
