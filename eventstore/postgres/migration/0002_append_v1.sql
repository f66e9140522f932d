-- append_v1 is one append: one call, one round trip, one transaction. Its name carries its version, so that programs of two
-- releases can work on one store while the newer is rolled out.
--
-- p_lanes        the lanes, ascending and each once
-- p_saga_*       one element a saga, in the order in which they are to be written, those of one lane together
-- p_event_*      one element an event, in the order of the sagas; p_event_digest are the client's digests
--
-- The result has one element a lane (first: 0 when nothing was written), and for each saga that was left out its place in
-- p_saga_id and the version it has (0: none).
--
-- It is VOLATILE and runs under READ COMMITTED: each of its statements sees what was committed before the statement began,
-- and so, after the lanes are locked, all that was ever written to them.
CREATE FUNCTION skald.append_v1(
    p_append_id uuid,
    p_lanes smallint [],
    p_saga_lane smallint [],
    p_saga_id uuid [],
    p_saga_expected bigint [],
    p_saga_events integer [],
    p_saga_correlation_id text [],
    p_saga_definition_name text [],
    p_saga_definition_version integer [],
    p_saga_definition_digest text [],
    p_saga_status text [],
    p_saga_open boolean [],
    p_saga_next_due timestamptz [],
    p_event_lane smallint [],
    p_event_saga_id uuid [],
    p_event_version bigint [],
    p_event_type text [],
    p_event_schema_version integer [],
    p_event_payload json [],
    p_event_recorded_at timestamptz [],
    p_event_causation_id text [],
    p_event_trace text [],
    p_event_digest bytea [],
    OUT firsts bigint [],
    OUT heads bigint [],
    OUT conflict_places integer [],
    OUT conflict_versions bigint []
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_hashes bytea [];                 -- of the lanes
    v_versions bigint [];              -- of the sagas that lost; NULL for a winner
    v_event_offset bigint [] := array_fill(NULL::bigint, ARRAY[cardinality(p_event_lane)]);
    v_event_hash bytea [] := array_fill(NULL::bytea, ARRAY[cardinality(p_event_lane)]);
    v_lane integer := 0;               -- place in p_lanes
    v_event integer := 0;              -- place in p_event_*
    v_offset bigint;
    v_hash bytea;
BEGIN
    -- Everybody locks in ascending order, so that nobody waits in a circle.
    SELECT array_agg(l.head ORDER BY l.lane), array_agg(l.hash ORDER BY l.lane)
    INTO heads, v_hashes
    FROM (
        SELECT lane, head, hash FROM skald.lanes
        WHERE lane = ANY (p_lanes)
        ORDER BY lane
        FOR UPDATE
    ) AS l;
    IF cardinality(heads) IS DISTINCT FROM cardinality(p_lanes) THEN
        RAISE EXCEPTION 'lanes % are not all in the store', p_lanes USING ERRCODE = 'SK002';
    END IF;

    INSERT INTO skald.sagas (
        lane, saga_id, correlation_id, definition_name, definition_version, definition_digest, version, status, open,
        next_due, last_append_id
    )
    SELECT
        n.lane, n.saga_id, n.correlation_id, n.definition_name, n.definition_version, n.definition_digest, n.events,
        n.status, n.open, n.next_due, p_append_id
    FROM (
        SELECT
            unnest(p_saga_lane) AS lane,
            unnest(p_saga_id) AS saga_id,
            unnest(p_saga_expected) AS expected,
            unnest(p_saga_events) AS events,
            unnest(p_saga_correlation_id) AS correlation_id,
            unnest(p_saga_definition_name) AS definition_name,
            unnest(p_saga_definition_version) AS definition_version,
            unnest(p_saga_definition_digest) AS definition_digest,
            unnest(p_saga_status) AS status,
            unnest(p_saga_open) AS open,
            unnest(p_saga_next_due) AS next_due
    ) AS n
    WHERE n.expected = 0
    ON CONFLICT DO NOTHING;

    -- LATERAL with a LIMIT has each row looked up by its key, whatever the planner believes about the table's size: plans are
    -- kept, and one made while the table was small must still be right when it is large.
    UPDATE skald.sagas AS s
    SET
        version = n.expected + n.events, status = n.status, open = n.open, next_due = n.next_due,
        last_append_id = p_append_id
    FROM (
        SELECT
            unnest(p_saga_lane) AS lane,
            unnest(p_saga_id) AS saga_id,
            unnest(p_saga_expected) AS expected,
            unnest(p_saga_events) AS events,
            unnest(p_saga_status) AS status,
            unnest(p_saga_open) AS open,
            unnest(p_saga_next_due) AS next_due
    ) AS n
    CROSS JOIN LATERAL (
        SELECT k.ctid AS place FROM skald.sagas AS k
        WHERE k.lane = n.lane AND k.saga_id = n.saga_id AND k.version = n.expected
        LIMIT 1
    ) AS known
    WHERE n.expected > 0 AND s.ctid = known.place;

    SELECT
        array_agg(CASE WHEN s.last_append_id IS DISTINCT FROM p_append_id THEN coalesce(s.version, 0) END ORDER BY n.place)
    INTO v_versions
    FROM (
        SELECT
            unnest(p_saga_lane) AS lane,
            unnest(p_saga_id) AS saga_id,
            generate_subscripts(p_saga_id, 1) AS place
    ) AS n
    LEFT JOIN skald.sagas AS s ON s.lane = n.lane AND s.saga_id = n.saga_id;

    -- Winners' events get the offsets after their lane's head and are chained to its hash.
    firsts := array_fill(0::bigint, ARRAY[cardinality(p_lanes)]);
    conflict_places := '{}';
    conflict_versions := '{}';
    FOR v_saga IN 1 .. cardinality(p_saga_id) LOOP
        IF v_versions[v_saga] IS NOT NULL THEN
            conflict_places := conflict_places || v_saga;
            conflict_versions := conflict_versions || v_versions[v_saga];
            v_event := v_event + p_saga_events[v_saga];
            CONTINUE;
        END IF;
        IF v_lane = 0 OR p_lanes[v_lane] <> p_saga_lane[v_saga] THEN
            IF v_lane > 0 THEN
                heads[v_lane] := v_offset;
                v_hashes[v_lane] := v_hash;
            END IF;
            v_lane := array_position(p_lanes, p_saga_lane[v_saga]);
            v_offset := heads[v_lane];
            v_hash := v_hashes[v_lane];
            firsts[v_lane] := v_offset + 1;
        END IF;
        FOR v_i IN 1 .. p_saga_events[v_saga] LOOP
            v_event := v_event + 1;
            v_offset := v_offset + 1;
            v_hash := sha256(v_hash || p_event_digest[v_event]);
            v_event_offset[v_event] := v_offset;
            v_event_hash[v_event] := v_hash;
        END LOOP;
    END LOOP;
    IF v_lane = 0 THEN
        RETURN;                        -- nobody won
    END IF;
    heads[v_lane] := v_offset;
    v_hashes[v_lane] := v_hash;

    INSERT INTO skald.events (
        lane, "offset", saga_id, version, event_type, schema_version, payload, recorded_at, causation_id, trace, hash
    )
    SELECT
        n.lane, n.place, n.saga_id, n.version, n.event_type, n.schema_version, n.payload, n.recorded_at, n.causation_id,
        n.trace, n.hash
    FROM (
        SELECT
            unnest(p_event_lane) AS lane,
            unnest(v_event_offset) AS place,
            unnest(p_event_saga_id) AS saga_id,
            unnest(p_event_version) AS version,
            unnest(p_event_type) AS event_type,
            unnest(p_event_schema_version) AS schema_version,
            unnest(p_event_payload) AS payload,
            unnest(p_event_recorded_at) AS recorded_at,
            unnest(p_event_causation_id) AS causation_id,
            unnest(p_event_trace) AS trace,
            unnest(v_event_hash) AS hash
    ) AS n
    WHERE n.place IS NOT NULL;

    UPDATE skald.lanes AS l
    SET head = n.head, hash = n.hash
    FROM (SELECT unnest(p_lanes) AS lane, unnest(heads) AS head, unnest(v_hashes) AS hash, unnest(firsts) AS first) AS n
    WHERE l.lane = n.lane AND n.first > 0;
END
$$;
