-- Readers that see some tenants and no others: made by `dayhaul tenant reader`.
--
-- What such a reader may see is told by one thing, its right to read a tenant's view. Public views and public.warehouse_freshness ask for it,
-- so that a role which is renamed, or joins another, sees what its rights say and nothing else. The tables here say who is to be given them.

-- A schema of the engine's, or of PostgreSQL, is never a tenant's, whoever writes the row; and a report cannot have the name of a view that
-- is the engine's already.
ALTER TABLE _wh.tenant_connections ADD CONSTRAINT target_schema_is_free
    CHECK (coalesce(target_schema, tenant_name) NOT IN ('_wh', 'public', 'information_schema') AND coalesce(target_schema, tenant_name) !~ '^pg_');
ALTER TABLE _wh.mv_templates ADD CONSTRAINT template_name_is_free CHECK (template_name <> 'warehouse_freshness');

-- Whether a role could act as the engine anyway, so that what it owns may stand where the engine uses it.
CREATE FUNCTION _wh.is_trusted(owner oid) RETURNS boolean
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(owner, current_user, 'MEMBER') OR owner = 'pg_database_owner'::regrole
        OR owner = (SELECT datdba FROM pg_database WHERE datname = current_database())
$$;

CREATE TABLE _wh.limited_readers (
    role_name text PRIMARY KEY,
    added_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE _wh.limited_readers IS 'roles that see some tenants only; where there are any, public views ask what the caller may read';

-- A reader whose last tenant is dropped remains a limited one, who sees nothing.
CREATE TABLE _wh.limited_reader_tenants (
    role_name   text NOT NULL REFERENCES _wh.limited_readers ON DELETE CASCADE,
    tenant_name text NOT NULL REFERENCES _wh.tenant_connections ON UPDATE CASCADE ON DELETE CASCADE,
    PRIMARY KEY (role_name, tenant_name)
);
COMMENT ON TABLE _wh.limited_reader_tenants IS 'the tenants that a limited reader sees';

-- Who may read what the engine makes in a schema. Roles that are gone, or were left behind when _wh was restored elsewhere, are not among them.
CREATE FUNCTION _wh.readers_of(target_schema text) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role')
    UNION
    SELECT l.role_name FROM _wh.limited_readers l JOIN pg_roles r ON r.rolname = l.role_name
    WHERE target_schema = 'public' OR EXISTS (
        SELECT FROM _wh.limited_reader_tenants t JOIN _wh.target_schemas s USING (tenant_name)
        WHERE t.role_name = l.role_name AND s.schema_name = target_schema)
    ORDER BY 1
$$;

-- Lets those who may read a tenant's views into its schema.
CREATE FUNCTION _wh.open_schema(target_schema text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reader text;
BEGIN
    -- None is added between the question who they are and the commit.
    LOCK TABLE _wh.limited_readers IN SHARE MODE;
    FOR reader IN SELECT _wh.readers_of(target_schema) LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', target_schema, reader);
    END LOOP;
END
$$;

-- As in V002, but for whom it grants to.
CREATE OR REPLACE FUNCTION _wh.ensure_view(view_schema text, view_name text, query text, options text, known text, OUT definition text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    full_name text := format('%I.%I', view_schema, view_name);
    found oid;
    kind "char";
    found_options text[];
    reader text;
BEGIN
    LOCK TABLE _wh.limited_readers IN SHARE MODE;
    SELECT c.oid, c.relkind, coalesce(c.reloptions, '{}') INTO found, kind, found_options
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = view_schema AND c.relname = view_name;
    IF found IS NOT NULL AND (known IS NULL OR kind <> 'v') THEN
        RAISE EXCEPTION '% exists and was not made by dayhaul: it is left alone', full_name
            USING ERRCODE = 'duplicate_table', HINT = 'rename it, or give the report another name';
    END IF;
    IF found IS NOT NULL AND pg_get_viewdef(found) = known
        AND found_options = (CASE options WHEN 'WITH (security_barrier)' THEN '{security_barrier=true}'::text[] ELSE '{}' END)
        AND (SELECT _wh.view_text(query, options)) IS NOT DISTINCT FROM obj_description(found, 'pg_class') THEN
        definition := known;
        RETURN;
    END IF;
    BEGIN
        EXECUTE format('CREATE OR REPLACE VIEW %s %s AS %s', full_name, options, query);
    EXCEPTION WHEN invalid_table_definition THEN
        -- Columns went or changed places. Without CASCADE: views of others that depend on it make this fail, and are named.
        IF view_schema <> 'public' AND EXISTS (SELECT FROM _wh.public_views p WHERE p.template_name = view_name) THEN
            -- The engine's own view over it; made again by ensure_public_view().
            EXECUTE format('DROP VIEW IF EXISTS public.%I', view_name);
        END IF;
        EXECUTE format('DROP VIEW %s', full_name);
        EXECUTE format('CREATE VIEW %s %s AS %s', full_name, options, query);
    END;
    -- Marks which text the view was made from; a hash, because a comment is for everyone to read.
    EXECUTE format('COMMENT ON VIEW %s IS %L', full_name, _wh.view_text(query, options));
    FOR reader IN SELECT _wh.readers_of(view_schema) LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', full_name, reader);
    END LOOP;
    definition := pg_get_viewdef(format('%s', full_name)::regclass);
END
$$;

-- As in V002, but that each branch asks, where there are limited readers, whether the caller may read the tenant's view. The planner makes of
-- it a condition that is judged once a query, before any row: nothing in a query is shown a row of a branch that is closed. A constant of type
-- regclass, because a name would be looked up with the caller's rights.
CREATE OR REPLACE FUNCTION _wh.ensure_public_view(template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    all_columns text[];
    all_types text[];
    condition text := '';
    query text;
    known text;
BEGIN
    -- Who adds a reader takes this lock first, too, and then sees to all public views.
    LOCK TABLE _wh.limited_readers IN SHARE MODE;
    -- Two runs must not replace one view at once.
    PERFORM FROM _wh.mv_templates WHERE template_name = template FOR NO KEY UPDATE;
    -- Columns that the view has keep their places, new ones come last: a view that others depend on can take no other order.
    SELECT array_agg(c ORDER BY place, n, c), array_agg(ty ORDER BY place, n, c) INTO all_columns, all_types
    FROM (
        SELECT u.c, min(u.ty) AS ty, min(u.n) AS n, min(a.attnum) AS place
        FROM _wh.report_targets t CROSS JOIN unnest(t.columns, t.types) WITH ORDINALITY AS u(c, ty, n)
        LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(format('public.%I', template)) AND a.attname = u.c AND NOT a.attisdropped
        WHERE t.template_name = template
        GROUP BY u.c) every_column;
    IF all_columns IS NULL THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM _wh.limited_readers) THEN
        condition := ' WHERE has_table_privilege(%L::regclass, ''SELECT'')';
    END IF;
    SELECT string_agg(branch, ' UNION ALL ' ORDER BY schema_name) INTO query FROM (
        SELECT t.schema_name, format('SELECT %L::text AS schema_name, %s FROM %I.%I', t.schema_name,
            string_agg(CASE WHEN c = ANY (t.columns) THEN quote_ident(c) ELSE format('NULL::%s AS %I', ty, c) END, ', ' ORDER BY n),
            t.schema_name, t.template_name) || format(condition, format('%I.%I', t.schema_name, t.template_name)) AS branch
        FROM _wh.report_targets t CROSS JOIN unnest(all_columns, all_types) WITH ORDINALITY AS u(c, ty, n)
        WHERE t.template_name = template
        GROUP BY t.schema_name, t.template_name) branches;
    SELECT view_definition INTO known FROM _wh.public_views p WHERE p.template_name = template;
    INSERT INTO _wh.public_views AS p (template_name, view_definition)
    VALUES (template, _wh.ensure_view('public', template, query, '', known))
    ON CONFLICT (template_name) DO UPDATE SET view_definition = excluded.view_definition
    WHERE p.view_definition <> excluded.view_definition;
END
$$;

-- The views that the engine has made for some tenants.
CREATE FUNCTION _wh.views_of(tenants text[]) RETURNS TABLE (view_schema text, view_name text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.schema_name, t.template_name
    FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
    JOIN pg_namespace n ON n.nspname::text = t.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname::text = t.template_name AND c.relkind = 'v' AND pg_has_role(c.relowner, 'USAGE')
    WHERE s.tenant_name = ANY (tenants) ORDER BY 1, 2
$$;

-- Lets a role read tenants, from here on as a limited reader.
CREATE FUNCTION _wh.add_limited_reader(reader text, tenants text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
BEGIN
    LOCK TABLE _wh.limited_readers IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO _wh.limited_readers (role_name) VALUES (reader) ON CONFLICT DO NOTHING;
    INSERT INTO _wh.limited_reader_tenants (role_name, tenant_name) SELECT reader, unnest(tenants) ON CONFLICT DO NOTHING;
    FOR item IN
        SELECT s.schema_name FROM _wh.target_schemas s JOIN pg_namespace n ON n.nspname::text = s.schema_name
        WHERE s.tenant_name = ANY (tenants)
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', item.schema_name, reader);
    END LOOP;
    FOR item IN SELECT * FROM _wh.views_of(tenants) LOOP
        EXECUTE format('GRANT SELECT ON %I.%I TO %I', item.view_schema, item.view_name, reader);
    END LOOP;
    -- A view that no tenant has any more would get no condition. One that is not there, as after a restore of _wh alone, is made with it later.
    FOR item IN
        SELECT p.template_name FROM _wh.public_views p
        WHERE to_regclass(format('public.%I', p.template_name)) IS NOT NULL
            AND EXISTS (SELECT FROM _wh.report_targets t WHERE t.template_name = p.template_name) ORDER BY 1
    LOOP
        PERFORM _wh.ensure_public_view(item.template_name);
        EXECUTE format('GRANT SELECT ON public.%I TO %I', item.template_name, reader);
    END LOOP;
    EXECUTE format('GRANT SELECT ON public.warehouse_freshness TO %I', reader);
END
$$;

-- Takes tenants from a limited reader; with the last one, all that it was given. Returns how many are left.
CREATE FUNCTION _wh.remove_limited_reader(reader text, tenants text[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
    tenants_left bigint;
    is_there boolean := EXISTS (SELECT FROM pg_roles WHERE rolname = reader);
BEGIN
    LOCK TABLE _wh.limited_readers IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM _wh.limited_reader_tenants t WHERE t.role_name = reader AND t.tenant_name = ANY (tenants);
    SELECT count(*) INTO tenants_left FROM _wh.limited_reader_tenants t WHERE t.role_name = reader;
    IF is_there THEN
        FOR item IN SELECT * FROM _wh.views_of(tenants) LOOP
            EXECUTE format('REVOKE ALL ON %I.%I FROM %I', item.view_schema, item.view_name, reader);
        END LOOP;
        FOR item IN
            SELECT s.schema_name FROM _wh.target_schemas s JOIN pg_namespace n ON n.nspname::text = s.schema_name
            WHERE s.tenant_name = ANY (tenants)
        LOOP
            EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', item.schema_name, reader);
        END LOOP;
    END IF;
    IF tenants_left > 0 THEN
        RETURN tenants_left;
    END IF;
    FOR item IN SELECT p.template_name FROM _wh.public_views p WHERE to_regclass(format('public.%I', p.template_name)) IS NOT NULL ORDER BY 1
    LOOP
        IF is_there THEN
            EXECUTE format('REVOKE ALL ON public.%I FROM %I', item.template_name, reader);
        END IF;
    END LOOP;
    IF is_there THEN
        EXECUTE format('REVOKE ALL ON public.warehouse_freshness FROM %I', reader);
    END IF;
    DELETE FROM _wh.limited_readers l WHERE l.role_name = reader;
    FOR item IN SELECT p.template_name FROM _wh.public_views p WHERE to_regclass(format('public.%I', p.template_name)) IS NOT NULL ORDER BY 1
    LOOP
        PERFORM _wh.ensure_public_view(item.template_name);
    END LOOP;
    RETURN 0;
END
$$;
