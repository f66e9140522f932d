-- Read models and their checkpoints. They live beside the log, so that rows and checkpoint commit together.
-- Everything here can be rebuilt from the log: skald projections rebuild.

CREATE TABLE checkpoints (
    projection text        NOT NULL,
    lane       integer     NOT NULL,
    version    integer     NOT NULL,
    position   bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (projection, lane)
);
COMMENT ON TABLE  checkpoints            IS 'How far each projection has read each lane. Written in the transaction that writes the rows.';
COMMENT ON COLUMN checkpoints.projection IS 'Name of the projection; a rebuild under way has a name of its own.';
COMMENT ON COLUMN checkpoints.lane       IS 'The lane of the log.';
COMMENT ON COLUMN checkpoints.version    IS 'Version of the projection that wrote the rows. A process with a lower one stops writing; one with a higher one rebuilds.';
COMMENT ON COLUMN checkpoints.position   IS 'Offset of the last event of the lane whose effect is in the rows; 0 before the first.';
COMMENT ON COLUMN checkpoints.updated_at IS 'When the position last moved.';

CREATE TABLE projection_parked (
    projection text        NOT NULL,
    saga_id    uuid        NOT NULL,
    lane       integer     NOT NULL,
    position   bigint      NOT NULL,
    version    bigint      NOT NULL,
    reason     text        NOT NULL,
    parked_at  timestamptz NOT NULL,
    PRIMARY KEY (projection, saga_id)
);
COMMENT ON TABLE  projection_parked          IS 'Sagas whose events this projection could not fold. Their rows stand still, all others go on. Tried again when a process starts, and every minute.';
COMMENT ON COLUMN projection_parked.projection IS 'Name of the projection.';
COMMENT ON COLUMN projection_parked.saga_id  IS 'The saga that is parked.';
COMMENT ON COLUMN projection_parked.lane     IS 'The lane of the log that holds its history.';
COMMENT ON COLUMN projection_parked.position IS 'Offset of the first event whose effect is missing.';
COMMENT ON COLUMN projection_parked.version  IS 'Version of that event within its saga.';
COMMENT ON COLUMN projection_parked.reason   IS 'What stood in the way, such as an event type that only a newer Skald knows.';
COMMENT ON COLUMN projection_parked.parked_at IS 'When it was parked.';

CREATE TABLE saga_status (
    saga_id            uuid             NOT NULL PRIMARY KEY,
    correlation_id     text             NOT NULL,
    lane               integer          NOT NULL,
    definition         text             NOT NULL,
    definition_version integer          NOT NULL,
    status             text             NOT NULL,
    current_step       text,
    progress           double precision NOT NULL,
    attempts           integer          NOT NULL,
    error              text,
    input              json             NOT NULL,
    started_at         timestamptz      NOT NULL,
    updated_at         timestamptz      NOT NULL,
    ended_at           timestamptz,
    version            bigint           NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX saga_status_by_correlation ON saga_status (correlation_id, saga_id);
CREATE INDEX saga_status_by_status      ON saga_status (status, saga_id);
CREATE INDEX saga_status_by_definition  ON saga_status (definition, saga_id);
COMMENT ON TABLE  saga_status                    IS 'One row for each saga: where it stands now.';
COMMENT ON COLUMN saga_status.saga_id            IS 'The saga. Ids are ordered by time of start.';
COMMENT ON COLUMN saga_status.correlation_id     IS 'The conversation that the saga belongs to; see correlations.';
COMMENT ON COLUMN saga_status.lane               IS 'The lane of the log that holds its history.';
COMMENT ON COLUMN saga_status.definition         IS 'Name of the definition it was started with.';
COMMENT ON COLUMN saga_status.definition_version IS 'Version of that definition.';
COMMENT ON COLUMN saga_status.status             IS 'running, compensating, completed, compensated, cancelled, or stuck (waits for a person).';
COMMENT ON COLUMN saga_status.current_step       IS 'The step that is under way or holds the saga; of several the one commanded first (see saga_steps for all). NULL when none is.';
COMMENT ON COLUMN saga_status.progress           IS 'Share of the definition''s steps that are done and not undone, 0 to 1; a step under way counts by its last reported fraction.';
COMMENT ON COLUMN saga_status.attempts           IS 'Commands decided so far, retries and compensations included.';
COMMENT ON COLUMN saga_status.error              IS 'Why the saga turned round or stands still; while a step is retried, its last error. NULL when all is well.';
COMMENT ON COLUMN saga_status.input              IS 'The JSON object the saga was started with.';
COMMENT ON COLUMN saga_status.started_at         IS 'Time of the first event.';
COMMENT ON COLUMN saga_status.updated_at         IS 'Time of the last event.';
COMMENT ON COLUMN saga_status.ended_at           IS 'Time of the event that ended it; NULL while it is open or stuck.';
COMMENT ON COLUMN saga_status.version            IS 'Version of the last event in this row.';

CREATE TABLE saga_steps (
    saga_id               uuid             NOT NULL,
    step                  text             NOT NULL,
    position              integer          NOT NULL,
    phase                 text             NOT NULL,
    direction             text             NOT NULL,
    attempts              integer          NOT NULL,
    compensation_attempts integer          NOT NULL,
    in_doubt              boolean          NOT NULL,
    fraction              double precision NOT NULL,
    error                 text,
    error_code            text,
    output                json,
    commanded_at          timestamptz      NOT NULL,
    retry_at              timestamptz,
    ended_at              timestamptz,
    PRIMARY KEY (saga_id, step)
) WITH (fillfactor = 85);
COMMENT ON TABLE  saga_steps                       IS 'One row for each step of a saga that has been commanded.';
COMMENT ON COLUMN saga_steps.saga_id               IS 'The saga.';
COMMENT ON COLUMN saga_steps.step                  IS 'Name of the step in the definition.';
COMMENT ON COLUMN saga_steps.position              IS 'Place in the order of first commands, from 1.';
COMMENT ON COLUMN saga_steps.phase                 IS 'open, waiting (for the next attempt), done, given_up, undoing, undo_waiting, undone, undo_stuck.';
COMMENT ON COLUMN saga_steps.direction             IS 'action while the step goes forward, compensation once its way back was commanded.';
COMMENT ON COLUMN saga_steps.attempts              IS 'Commands decided for the action.';
COMMENT ON COLUMN saga_steps.compensation_attempts IS 'Commands decided for the compensation.';
COMMENT ON COLUMN saga_steps.in_doubt              IS 'An attempt timed out and has not been answered since: nobody knows whether it took effect.';
COMMENT ON COLUMN saga_steps.fraction              IS 'Last fraction reported for the current attempt, 1 when done.';
COMMENT ON COLUMN saga_steps.error                 IS 'Last error, of either direction.';
COMMENT ON COLUMN saga_steps.error_code            IS 'The participant''s code for it; timeout when no answer came in time.';
COMMENT ON COLUMN saga_steps.output                IS 'What the action answered with; NULL until it has completed.';
COMMENT ON COLUMN saga_steps.commanded_at          IS 'Time of the first command.';
COMMENT ON COLUMN saga_steps.retry_at              IS 'When the next attempt is due, in a waiting phase.';
COMMENT ON COLUMN saga_steps.ended_at              IS 'When the step last came to rest: done, given up, undone or stuck.';

CREATE TABLE correlations (
    correlation_id   text        NOT NULL PRIMARY KEY,
    sagas            integer     NOT NULL,
    open             integer     NOT NULL,
    completed        integer     NOT NULL,
    compensated      integer     NOT NULL,
    cancelled        integer     NOT NULL,
    stuck            integer     NOT NULL,
    first_started_at timestamptz NOT NULL,
    last_updated_at  timestamptz NOT NULL
) WITH (fillfactor = 85);
COMMENT ON TABLE  correlations                  IS 'One row for each conversation: the sum over its rows in saga_status.';
COMMENT ON COLUMN correlations.correlation_id   IS 'The conversation.';
COMMENT ON COLUMN correlations.sagas            IS 'Sagas in all: open + completed + compensated + cancelled + stuck.';
COMMENT ON COLUMN correlations.open             IS 'Sagas running or compensating.';
COMMENT ON COLUMN correlations.completed        IS 'Sagas that ended as completed.';
COMMENT ON COLUMN correlations.compensated      IS 'Sagas that ended as compensated.';
COMMENT ON COLUMN correlations.cancelled        IS 'Sagas that ended as cancelled.';
COMMENT ON COLUMN correlations.stuck            IS 'Sagas that wait for a person.';
COMMENT ON COLUMN correlations.first_started_at IS 'Start of the first saga.';
COMMENT ON COLUMN correlations.last_updated_at  IS 'Last event of any of them.';
