-- The role of programs that run sagas: it may do all that the driver does and cannot change history. Roles belong to the
-- whole cluster; who may not create them still gets a store, and a warning. query/grant_writer.sql, which is executed after
-- every migration, gives the role its rights.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'skald_writer') THEN
        CREATE ROLE skald_writer NOLOGIN;
        COMMENT ON ROLE skald_writer IS 'may append to Skald event stores, and cannot change history';
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;                          -- another store was migrated at the same moment
    WHEN insufficient_privilege THEN
        RAISE WARNING 'role skald_writer was not created: % may not create roles. To run Skald under a role that cannot change history, have an administrator execute CREATE ROLE skald_writer NOLOGIN, then run skald migrate up again.', current_user;
END
$$;
