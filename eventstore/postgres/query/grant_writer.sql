-- Gives skald_writer its rights, if there is such a role and they are ours to give. What it may do with events is SELECT and INSERT; of rows that
-- stand in step with history it may change what an append changes. CREATE on the schema lets projections make tables of
-- their own; it gives no right to tables of others.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'skald_writer') THEN
        RETURN;
    END IF;
    IF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = 'skald.events'::regclass) THEN
        RETURN;
    END IF;
    GRANT USAGE, CREATE ON SCHEMA skald TO skald_writer;
    GRANT SELECT ON skald.migrations, skald.saga_events TO skald_writer;
    GRANT SELECT, INSERT ON skald.events, skald.definitions TO skald_writer;
    GRANT SELECT, UPDATE (head, hash) ON skald.lanes TO skald_writer;
    GRANT SELECT, INSERT, UPDATE (version, status, open, next_due, last_append_id) ON skald.sagas TO skald_writer;
    GRANT SELECT, INSERT, UPDATE (resolution, resolved_by, resolved_at) ON skald.dead_letters TO skald_writer;
    -- Tables that projections make as the store's owner are theirs to write.
    ALTER DEFAULT PRIVILEGES IN SCHEMA skald GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO skald_writer;
END
$$;
