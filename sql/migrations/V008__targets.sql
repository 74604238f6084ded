-- What a report has in a tenant's schema, made by a load or by the functions that make views (V009): the schema, and the partitioned parent.

-- The tenant's schema becomes the tenant's, or is found to be.
CREATE FUNCTION _wh.claim_schema(tenant text, target_schema text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('dayhaul.target.' || target_schema, 0));
    SELECT s.tenant_name INTO owner FROM _wh.target_schemas s WHERE s.schema_name = target_schema;
    IF owner = tenant AND EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = target_schema AND _wh.is_trusted(n.nspowner)) THEN
        RETURN;
    END IF;
    PERFORM _wh.check_schema(tenant, target_schema);
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', target_schema);
    -- The owner of a schema can drop whatever is in it, and put something else there.
    IF NOT (SELECT _wh.is_trusted(n.nspowner) AND has_schema_privilege(n.oid, 'CREATE') FROM pg_namespace n WHERE n.nspname = target_schema) THEN
        RAISE EXCEPTION 'schema % is somebody else''s: it is left alone', target_schema
            USING ERRCODE = 'duplicate_schema', HINT = format('choose another for %s', tenant);
    END IF;
    INSERT INTO _wh.target_schemas VALUES (target_schema, tenant) ON CONFLICT DO NOTHING;
    PERFORM _wh.open_schema(target_schema);
END
$$;

CREATE FUNCTION _wh.check_schema(tenant text, target_schema text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner text;
BEGIN
    IF target_schema = '' OR octet_length(target_schema) > 63 OR target_schema ~ '^pg_|[[:cntrl:]]'
        OR target_schema IN ('_wh', 'public', 'information_schema') THEN
        RAISE EXCEPTION '% cannot be the name of a tenant''s schema', coalesce(nullif(target_schema, ''), 'an empty name')
            USING ERRCODE = 'invalid_name', HINT = '1 to 63 bytes, not public, _wh or pg_…';
    END IF;
    SELECT s.tenant_name INTO owner FROM _wh.target_schemas s WHERE s.schema_name = target_schema
    UNION ALL
    SELECT c.tenant_name FROM _wh.tenant_connections c
    WHERE coalesce(c.target_schema, c.tenant_name) = check_schema.target_schema AND c.tenant_name <> tenant;
    IF owner <> tenant AND NOT EXISTS (SELECT FROM _wh.tenant_connections c WHERE c.tenant_name = tenant) THEN
        RAISE EXCEPTION 'tenant % was renamed to % meanwhile', tenant, owner
            USING ERRCODE = 'undefined_object', HINT = 'run the same command again';
    ELSIF owner <> tenant THEN
        RAISE EXCEPTION 'schema % belongs to tenant %', target_schema, owner
            USING ERRCODE = 'duplicate_schema', HINT = format('a schema holds one tenant''s reports: choose another for %s', tenant);
    END IF;
END
$$;

-- The name of a type that exists, as it can stand in a statement: PostgreSQL's own, or one of the schema public. NULL for what is not known.
-- It is a type's name and nothing else: to_regtype() raises for what goes on after one.
CREATE FUNCTION _wh.type_name(name text) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN to_regtype(name) IS NOT NULL THEN name WHEN to_regtype('public.' || name) IS NOT NULL THEN 'public.' || name END
$$;

-- The partitioned parent of a report's days, and what it was made for.
CREATE FUNCTION _wh.make_parent(
    target_schema text, template text, days_table text, columns text[], types text[], day_column text, time_zone text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    definition text;
    reader text;
BEGIN
    SELECT string_agg(format('%I %s', c, _wh.type_name(t)), ', ' ORDER BY n) INTO definition
    FROM unnest(columns, types) WITH ORDINALITY AS u(c, t, n);
    EXECUTE format('CREATE TABLE %I.%I (%s) PARTITION BY RANGE (%I)', target_schema, days_table, definition, day_column);
    FOR reader IN SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role') LOOP
        EXECUTE format('GRANT SELECT ON %I.%I TO %I', target_schema, days_table, reader);
    END LOOP;
    INSERT INTO _wh.report_targets (schema_name, template_name, days_table, columns, types, day_column, time_zone)
    VALUES (target_schema, template, make_parent.days_table, make_parent.columns, make_parent.types, make_parent.day_column,
        make_parent.time_zone)
    ON CONFLICT (schema_name, template_name) DO UPDATE SET
        columns = excluded.columns, types = excluded.types, day_column = excluded.day_column, time_zone = excluded.time_zone;
END
$$;

-- Columns of a report as its template declares them, with the day column that the engine adds where there is none.
CREATE FUNCTION _wh.declared_columns(template text, OUT columns text[], OUT types text[], OUT day_column text, OUT time_zone text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    report _wh.mv_templates;
    rest text;
    entry text[];
    known oid;
    days text[] := '{}';
BEGIN
    SELECT * INTO STRICT report FROM _wh.mv_templates m WHERE m.template_name = template;
    columns := '{}';
    types := '{}';
    -- name type, name type, …: commas within parentheses belong to a type.
    rest := report.column_definitions || ',';
    WHILE rest ~ '\S' LOOP
        entry := regexp_match(rest, '^\s*("(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_$]*)\s+((?:[^,()"]|"(?:[^"]|"")+"|\([^()]*\))+)(,.*)$');
        known := to_regtype(_wh.type_name(entry[2]));
        -- An array has its element's owner.
        IF known IS NULL OR NOT (
            SELECT _wh.is_trusted(t.typowner) AND _wh.is_trusted(n.nspowner)
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = known)
        THEN
            RAISE EXCEPTION 'report %: column % has a type that the warehouse does not know', template, coalesce(entry[1], left(rest, 40))
                USING ERRCODE = 'undefined_object', HINT = 'dayhaul report check says more';
        END IF;
        rest := substr(entry[3], 2);
        columns := columns || CASE WHEN left(entry[1], 1) = '"' THEN replace(substr(entry[1], 2, length(entry[1]) - 2), '""', '"')
            ELSE lower(entry[1]) END;
        types := types || entry[2];
        IF known IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
            days := days || columns[cardinality(columns)];
        END IF;
    END LOOP;
    day_column := report.day_column;
    IF day_column IS NULL AND cardinality(days) = 0 THEN
        columns := columns || 'report_day'::text;
        types := types || 'date'::text;
        days := ARRAY['report_day'];
    END IF;
    day_column := coalesce(day_column, days[1]);
    IF cardinality(columns) = 0 OR NOT day_column = ANY (days) OR (report.day_column IS NULL AND cardinality(days) > 1) THEN
        RAISE EXCEPTION 'report % does not say which of its columns has the day', template
            USING ERRCODE = 'invalid_table_definition', HINT = 'set day_column in _wh.mv_templates; dayhaul report check says more';
    END IF;
    time_zone := report.time_zone;
END
$$;
