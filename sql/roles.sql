-- The roles of a warehouse. Run by `dayhaul init`; safe to repeat. Needs CREATEROLE and ownership of the database, no superuser.
--
-- Names come from settings, so that the same file serves other names:
--   SET dayhaul.engine_role = 'dayhaul'; SET dayhaul.admin_role = 'whadmin'; …
DO $roles$
DECLARE
    engine text := coalesce(nullif(current_setting('dayhaul.engine_role', true), ''), 'dayhaul');
    admin  text := coalesce(nullif(current_setting('dayhaul.admin_role', true), ''), 'whadmin');
    writer text := coalesce(nullif(current_setting('dayhaul.writer_role', true), ''), 'phood_rw');
    reader text := coalesce(nullif(current_setting('dayhaul.reader_role', true), ''), 'phood_ro');
    wanted text;
BEGIN
    -- The engine's role owns all that the engine makes. Nobody logs in as it: its members set role to it.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = engine) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', engine);
    END IF;
    -- People's roles can log in once someone gives them a password.
    FOREACH wanted IN ARRAY ARRAY[admin, writer, reader] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
    END LOOP;
    IF NOT pg_catalog.pg_has_role(current_user, engine, 'MEMBER') THEN
        EXECUTE format('GRANT %I TO %I', engine, current_user);
    END IF;
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', current_database(), engine);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I, %I', current_database(), admin, writer, reader);
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I', engine);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I, %I', admin, writer, reader);
END
$roles$;
