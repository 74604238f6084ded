-- Names and views: the parts of publishing that people also call from psql.

-- mvname || ending where that fits into a name, else the beginning of mvname, a hash and the ending.
CREATE FUNCTION _wh.fitted_name(mvname text, ending text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tag text := '_' || left(md5(mvname || ending), 8) || ending;
    kept text := mvname;
BEGIN
    IF octet_length(mvname || ending) <= 63 THEN
        RETURN mvname || ending;
    END IF;
    WHILE octet_length(kept || tag) > 63 LOOP
        kept := left(kept, -1);
    END LOOP;
    RETURN kept || tag;
END
$$;

-- The table of one day: foodlogstats_2025_09_24. A name that would pass 63 bytes keeps its date and gets a hash.
CREATE FUNCTION _wh.create_mv_name(mvname text, target_date date) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT _wh.fitted_name(mvname, to_char(target_date, '"_"YYYY"_"MM"_"DD'))
$$;

CREATE FUNCTION _wh.does_mv_exist(target_schema text, view_name text) RETURNS boolean
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = target_schema AND c.relname = view_name AND c.relkind IN ('r', 'p', 'v', 'm'))
$$;

-- Makes view_schema.view_name say `query`, unless it does already. Returns what PostgreSQL then says of the view.
-- `known` is what it said when the engine made it; a view that the engine did not make is left alone.
CREATE FUNCTION _wh.ensure_view(view_schema text, view_name text, query text, options text, known text, OUT definition text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    full_name text := format('%I.%I', view_schema, view_name);
    found oid;
    kind "char";
    found_options text[];
    reader text;
BEGIN
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
    FOR reader IN SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role') LOOP
        EXECUTE format('GRANT SELECT ON %s TO %I', full_name, reader);
    END LOOP;
    definition := pg_get_viewdef(format('%s', full_name)::regclass);
END
$$;

CREATE FUNCTION _wh.view_text(query text, options text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'made by dayhaul, ' || md5(coalesce(options, '') || query)
$$;

-- The tenant's view over its days. With security_barrier the planner discards a tenant's branch of the public view before it
-- expands the partitions under it.
CREATE FUNCTION _wh.ensure_tenant_view(target_schema text, template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target _wh.report_targets;
    query text;
    definition text;
BEGIN
    SELECT * INTO STRICT target FROM _wh.report_targets t
    WHERE t.schema_name = target_schema AND t.template_name = template FOR NO KEY UPDATE;
    SELECT format('SELECT %s FROM %I.%I', string_agg(quote_ident(c), ', ' ORDER BY n), target.schema_name, target.days_table)
    INTO query FROM unnest(target.columns) WITH ORDINALITY AS u(c, n);
    definition := _wh.ensure_view(target_schema, template, query, 'WITH (security_barrier)', target.view_definition);
    UPDATE _wh.report_targets t SET view_definition = definition
    WHERE t.schema_name = target_schema AND t.template_name = template AND t.view_definition IS DISTINCT FROM definition;
END
$$;

-- Takes away a report's view in a schema, and its public view, which reads that one; the functions beside this one make them again.
-- Without CASCADE: a view of somebody else's that depends on one of them makes this fail, and is named.
CREATE FUNCTION _wh.drop_views(target_schema text, template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM _wh.public_views WHERE template_name = template;
    IF FOUND THEN
        EXECUTE format('DROP VIEW IF EXISTS public.%I', template);
    END IF;
    UPDATE _wh.report_targets SET view_definition = NULL
    WHERE schema_name = target_schema AND template_name = template AND view_definition IS NOT NULL;
    IF FOUND THEN
        EXECUTE format('DROP VIEW IF EXISTS %I.%I', target_schema, template);
    END IF;
END
$$;

-- The view of all tenants, schema_name first. A column that a tenant does not have yet is NULL there.
CREATE FUNCTION _wh.ensure_public_view(template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    all_columns text[];
    all_types text[];
    query text;
    known text;
BEGIN
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
    SELECT string_agg(branch, ' UNION ALL ' ORDER BY schema_name) INTO query FROM (
        SELECT t.schema_name, format('SELECT %L::text AS schema_name, %s FROM %I.%I', t.schema_name,
            string_agg(CASE WHEN c = ANY (t.columns) THEN quote_ident(c) ELSE format('NULL::%s AS %I', ty, c) END, ', ' ORDER BY n),
            t.schema_name, t.template_name) AS branch
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
