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
    excess text;
BEGIN
    -- The engine's role owns all that the engine makes. Nobody logs in as it: its members set role to it.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = engine) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', engine);
    END IF;
    IF NOT pg_catalog.pg_has_role(current_user, engine, 'MEMBER') THEN
        EXECUTE format('GRANT %I TO %I', engine, current_user);
    END IF;
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', current_database(), engine);
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I', engine);
    -- Up to PostgreSQL 14 everyone may create there, and the engine finds types and functions of reports there.
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM PUBLIC';
    FOREACH wanted IN ARRAY ARRAY[admin, writer, reader] LOOP
        -- People's roles can log in once someone gives them a password.
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
        -- A role that was there before may be more than it should, itself or as another that it can become.
        SELECT string_agg(format('%s of %I', power, g.rolname), ', ' ORDER BY g.rolname, power) INTO excess
        FROM pg_catalog.pg_roles g CROSS JOIN LATERAL (VALUES
            ('SUPERUSER', g.rolsuper), ('CREATEROLE', g.rolcreaterole), ('CREATEDB', g.rolcreatedb), ('REPLICATION', g.rolreplication),
            ('BYPASSRLS', g.rolbypassrls),
            ('membership', g.rolname = engine OR g.rolname = admin AND wanted <> admin OR g.rolname ~ '^pg_')) AS powers (power, has)
        WHERE has AND pg_catalog.pg_has_role(wanted, g.oid, 'MEMBER')
            -- A superuser passes for a member of all.
            AND (g.rolname = wanted OR NOT (SELECT w.rolsuper FROM pg_catalog.pg_roles w WHERE w.rolname = wanted));
        IF excess IS NOT NULL THEN
            RAISE EXCEPTION 'role % can do more than it may: %', wanted, excess
                USING ERRCODE = 'invalid_role_specification', HINT = 'take that from it with ALTER ROLE or REVOKE, or name another role';
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
        EXECUTE format('REVOKE CREATE ON DATABASE %I FROM %I', current_database(), wanted);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', wanted);
        EXECUTE format('REVOKE CREATE ON SCHEMA public FROM %I', wanted);
        IF pg_catalog.has_schema_privilege(wanted, 'public', 'CREATE') THEN
            RAISE EXCEPTION 'role % can create objects in the schema public, which init cannot take from it', wanted
                USING ERRCODE = 'invalid_role_specification', HINT = 'as the owner of the schema: REVOKE CREATE ON SCHEMA public FROM PUBLIC';
        END IF;
    END LOOP;
END
$roles$;

-- The writer's own schema: it has all of it, the reader reads what the writer makes there, now and later. Nobody else has anything there,
-- the engine included: what stands in it can get into no report.
DO $writer$
DECLARE
    writer text := coalesce(nullif(current_setting('dayhaul.writer_role', true), ''), 'phood_rw');
    reader text := coalesce(nullif(current_setting('dayhaul.reader_role', true), ''), 'phood_ro');
    own    text := coalesce(nullif(current_setting('dayhaul.writer_schema', true), ''), 'phood');
    made   text;
    joins  boolean := NOT pg_catalog.pg_has_role(current_user, writer, 'MEMBER');
BEGIN
    -- A schema can be given, and default privileges set, by members of the role only.
    IF joins THEN
        EXECUTE format('GRANT %I TO %I', writer, current_user);
    END IF;
    IF pg_catalog.to_regnamespace(quote_ident(own)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', own, writer);
    ELSIF NOT (pg_catalog.has_schema_privilege(writer, own, 'USAGE') AND pg_catalog.has_schema_privilege(writer, own, 'CREATE')) THEN
        EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', own, writer);
    END IF;
    IF NOT pg_catalog.has_schema_privilege(reader, own, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', own, reader);
    END IF;
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON TABLES TO %I', writer, own, reader);
    FOR made IN
        SELECT format('%I.%I', own, c.relname) FROM pg_catalog.pg_class c
        WHERE c.relnamespace = pg_catalog.to_regnamespace(quote_ident(own)) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND pg_catalog.pg_get_userbyid(c.relowner) = writer AND NOT pg_catalog.has_table_privilege(reader, c.oid, 'SELECT')
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', made, reader);
    END LOOP;
    IF joins THEN
        EXECUTE format('REVOKE %I FROM %I', writer, current_user);
    END IF;
END
$writer$;

-- A control schema that was restored without its owners belongs to whoever restored it.
DO $owners$
DECLARE
    engine text := coalesce(nullif(current_setting('dayhaul.engine_role', true), ''), 'dayhaul');
    change text;
BEGIN
    FOR change IN
        SELECT statement FROM (
            SELECT 1 AS place, format('ALTER SCHEMA _wh OWNER TO %I', engine) AS statement, nspowner AS owner
            FROM pg_catalog.pg_namespace WHERE nspname = '_wh'
            UNION ALL
            SELECT 2, format('ALTER TABLE %I.%I OWNER TO %I', n.nspname, c.relname, engine), c.relowner
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '_wh' AND c.relkind IN ('r', 'v')
                OR n.nspname = 'public' AND c.relname = 'warehouse_freshness' AND c.relkind = 'v'
            UNION ALL
            SELECT 2, format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, engine), p.proowner
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = '_wh') owners
        WHERE owner <> quote_ident(engine)::regrole
        ORDER BY place
    LOOP
        EXECUTE change;
    END LOOP;
END
$owners$;
