-- What people and pg_cron call. Work that needs a source becomes a request; views are made at once.
--
-- Functions run as the engine's role and check every argument before anything is queued. Who may call what is in sql/access.sql.

-- Raises unless there is such a report and such a tenant; returns the schema, which is the tenant's own unless it is given.
CREATE FUNCTION _wh.checked_target(template text, tenant text, target_schema text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    report _wh.mv_templates;
    connection _wh.tenant_connections;
BEGIN
    SELECT * INTO report FROM _wh.mv_templates m WHERE m.template_name = template;
    IF report IS NULL THEN
        RAISE EXCEPTION 'no report is called %', coalesce(template, 'NULL') USING ERRCODE = 'undefined_object', HINT = coalesce(
            (SELECT 'there are ' || string_agg(m.template_name, ', ' ORDER BY 1) FROM _wh.mv_templates m),
            'there are none yet: load one, such as sql/template-foodlogstats.sql');
    END IF;
    SELECT * INTO connection FROM _wh.tenant_connections c WHERE c.tenant_name = tenant;
    IF connection IS NULL THEN
        RAISE EXCEPTION 'no tenant is called %', coalesce(tenant, 'NULL') USING ERRCODE = 'undefined_object', HINT = coalesce(
            (SELECT 'there are ' || string_agg(c.tenant_name, ', ' ORDER BY 1)
             FROM (SELECT t.tenant_name FROM _wh.tenant_connections t ORDER BY 1 LIMIT 12) c),
            'there are none yet: dayhaul tenant add');
    END IF;
    target_schema := coalesce(target_schema, connection.target_schema, tenant);
    PERFORM _wh.check_schema(tenant, target_schema);
    RETURN target_schema;
END
$$;

-- Checks a request for days and puts it in the queue. The first schema that a tenant without one is loaded into becomes its own, so that
-- the nightly run goes on there.
CREATE FUNCTION _wh.request_days(
    template text, tenant text, target_schema text, first_day date, last_day date, priority integer, OUT request_id bigint, OUT state text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date;
BEGIN
    target_schema := _wh.checked_target(template, tenant, target_schema);
    IF NOT (SELECT enabled FROM _wh.tenant_connections c WHERE c.tenant_name = tenant) THEN
        RAISE EXCEPTION 'tenant % is disabled', tenant
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('dayhaul tenant enable %s', tenant);
    END IF;
    SELECT (now() AT TIME ZONE m.time_zone)::date INTO today FROM _wh.mv_templates m WHERE m.template_name = template;
    IF first_day IS NULL OR last_day IS NULL OR NOT isfinite(first_day) OR NOT isfinite(last_day) THEN
        RAISE EXCEPTION 'the day is missing' USING ERRCODE = 'null_value_not_allowed', HINT = 'as in ''2025-09-24''::date';
    ELSIF first_day > last_day THEN
        RAISE EXCEPTION 'the first day, %, is after the last, %', first_day, last_day
            USING ERRCODE = 'invalid_parameter_value', HINT = 'both days are included';
    ELSIF last_day > today THEN
        RAISE EXCEPTION '% is after today, %', last_day, today
            USING ERRCODE = 'invalid_parameter_value', HINT = 'a day can be read once it has begun';
    ELSIF last_day - first_day >= 3660 THEN
        RAISE EXCEPTION 'the days from % to % are more than ten years', first_day, last_day
            USING ERRCODE = 'invalid_parameter_value', HINT = 'ask for a part at a time';
    END IF;
    UPDATE _wh.tenant_connections c SET target_schema = request_days.target_schema
    WHERE c.tenant_name = tenant AND c.target_schema IS NULL AND tenant <> request_days.target_schema
        AND NOT EXISTS (SELECT FROM _wh.target_schemas s WHERE s.tenant_name = tenant);
    -- Today and yesterday go before everything else.
    request_id := _wh.enqueue('ingest', template, tenant, target_schema, first_day, last_day,
        CASE WHEN first_day >= today - 1 THEN 0 ELSE priority END);
    state := 'queued';
END
$$;

CREATE FUNCTION _wh.create_mv_from_template(
    template text, tenant_connection text, target_schema text, target_date date, OUT request_id bigint, OUT state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM _wh.request_days(template, tenant_connection, target_schema, target_date, target_date, 1)
$$;
COMMENT ON FUNCTION _wh.create_mv_from_template(text, text, text, date) IS
    'asks for one day of a report and tenant; returns the request, which dayhaul worker carries out. CALL _wh.ingest() waits for it';

CREATE FUNCTION _wh.update_mv_by_template(
    template text, tenant_connection text, target_schema text, target_date date, allow_refresh_yesterday boolean DEFAULT false,
    OUT request_id bigint, OUT state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM _wh.request_days(
        template, tenant_connection, target_schema, target_date - allow_refresh_yesterday::integer, target_date, 1)
$$;
COMMENT ON FUNCTION _wh.update_mv_by_template(text, text, text, date, boolean) IS
    'asks for one day to be read again, and with allow_refresh_yesterday for the day before it too; returns the request';

CREATE FUNCTION _wh.update_mv_window_by_template(
    template text, tenant_connection text, target_schema text, start_date date, end_date date, OUT request_id bigint, OUT state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM _wh.request_days(template, tenant_connection, target_schema, start_date, end_date, 2)
$$;
COMMENT ON FUNCTION _wh.update_mv_window_by_template(text, text, text, date, date) IS
    'asks for the days from start_date to end_date, both included, to be read again, newest first; returns the request';

CREATE FUNCTION _wh.refresh_mv(target_schema text, view_name text, OUT request_id bigint, OUT state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known _wh.ledger;
BEGIN
    SELECT * INTO known FROM _wh.ledger l WHERE l.schema_name = target_schema AND l.day_table = view_name;
    IF known IS NULL THEN
        RAISE EXCEPTION '%.% is not a day that dayhaul loaded', coalesce(target_schema, 'NULL'), coalesce(view_name, 'NULL')
            USING ERRCODE = 'undefined_table', HINT = 'name a day''s table, such as foodlogstats_2025_09_24';
    END IF;
    SELECT * INTO request_id, state
    FROM _wh.request_days(known.template_name, known.tenant_name, target_schema, known.day, known.day, 1);
END
$$;
COMMENT ON FUNCTION _wh.refresh_mv(text, text) IS 'asks for the day of a day''s table to be read again; returns the request';

CREATE FUNCTION _wh.update_tenant_union_view_by_template(template text, tenant_connection text, target_schema text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    declared record;
    parent text := _wh.fitted_name(template, '_days');
    stranger text;
BEGIN
    target_schema := _wh.checked_target(template, tenant_connection, target_schema);
    PERFORM _wh.claim_schema(tenant_connection, target_schema);
    IF NOT EXISTS (SELECT FROM _wh.report_targets t WHERE t.schema_name = target_schema AND t.template_name = template) THEN
        SELECT format('%I.%I', target_schema, name) INTO stranger
        FROM unnest(ARRAY[template, parent]) AS u(name) WHERE _wh.does_mv_exist(target_schema, name);
        IF stranger IS NOT NULL THEN
            RAISE EXCEPTION '% exists and was not made by dayhaul: it is left alone', stranger
                USING ERRCODE = 'duplicate_table', HINT = 'rename it, or give the report another name';
        END IF;
        SELECT * INTO declared FROM _wh.declared_columns(template);
        PERFORM _wh.make_parent(
            target_schema, template, parent, declared.columns, declared.types, declared.day_column, declared.time_zone);
        -- As PostgreSQL names them to the engine, whose sessions search public: a load compares them with the report's.
        UPDATE _wh.report_targets t SET types = ARRAY(
            SELECT regexp_replace(format_type(a.atttypid, a.atttypmod), '^public\.', '') FROM pg_attribute a
            WHERE a.attrelid = to_regclass(format('%I.%I', target_schema, parent)) AND a.attnum > 0 ORDER BY a.attnum)
        WHERE t.schema_name = target_schema AND t.template_name = template;
    END IF;
    PERFORM _wh.ensure_tenant_view(target_schema, template);
END
$$;
COMMENT ON FUNCTION _wh.update_tenant_union_view_by_template(text, text, text) IS
    'makes a tenant''s view of a report what it should be, at once; also before the first day is there';

CREATE FUNCTION _wh.update_public_view_by_template(template text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM _wh.mv_templates m WHERE m.template_name = template) THEN
        RAISE EXCEPTION 'no report is called %', coalesce(template, 'NULL') USING ERRCODE = 'undefined_object', HINT = coalesce(
            (SELECT 'there are ' || string_agg(m.template_name, ', ' ORDER BY 1) FROM _wh.mv_templates m),
            'there are none yet: load one, such as sql/template-foodlogstats.sql');
    END IF;
    IF NOT EXISTS (SELECT FROM _wh.report_targets t WHERE t.template_name = template) THEN
        RAISE NOTICE 'no tenant has report % yet: its public view is made with the first', template;
    END IF;
    PERFORM _wh.ensure_public_view(template);
END
$$;
COMMENT ON FUNCTION _wh.update_public_view_by_template(text) IS 'makes the public view of a report what it should be, at once';

CREATE FUNCTION _wh.get_tenant_connection_string(tenant_name text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    conninfo text;
BEGIN
    -- Quoted as libpq reads it (PostgreSQL manual, "Keyword/Value Connection Strings").
    SELECT string_agg(format('%s=''%s''', k, replace(replace(v, '\', '\\'), '''', '\''')), ' ' ORDER BY n) INTO conninfo
    FROM _wh.tenant_connections c CROSS JOIN LATERAL (VALUES
        (1, 'host', c.host), (2, 'port', c.port::text), (3, 'dbname', c.dbname), (4, 'user', c.username), (5, 'sslmode', c.sslmode),
        (6, 'sslrootcert', c.ca_file)) AS u(n, k, v)
    WHERE c.tenant_name = get_tenant_connection_string.tenant_name AND v IS NOT NULL;
    IF conninfo IS NULL THEN
        RAISE EXCEPTION 'no tenant is called %', coalesce(tenant_name, 'NULL') USING ERRCODE = 'undefined_object', HINT = 'dayhaul tenant list';
    END IF;
    RETURN conninfo;
END
$$;
COMMENT ON FUNCTION _wh.get_tenant_connection_string(text) IS 'how a tenant''s database is reached, without the password, which only the engine''s key opens';
COMMENT ON FUNCTION _wh.does_mv_exist(text, text) IS 'whether a schema has a table or view of that name';
COMMENT ON FUNCTION _wh.create_mv_name(text, date) IS 'the table of one day: foodlogstats_2025_09_24';

-- What there is to refresh: each report of each enabled tenant, in each schema that it has it in.
CREATE VIEW _wh.pairs AS
    SELECT c.tenant_name, m.template_name, m.time_zone, s.schema_name
    FROM _wh.tenant_connections c CROSS JOIN _wh.mv_templates m CROSS JOIN LATERAL (
        SELECT coalesce(c.target_schema, c.tenant_name) AS schema_name
        UNION
        SELECT t.schema_name FROM _wh.report_targets t JOIN _wh.target_schemas o USING (schema_name)
        WHERE o.tenant_name = c.tenant_name AND t.template_name = m.template_name) s
    WHERE c.enabled AND m.enabled;

-- A request for what is due, for each of them.
CREATE FUNCTION _wh.request_due() RETURNS bigint[]
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(_wh.enqueue('due', template_name, tenant_name, schema_name, NULL, NULL, 1)), '{}')
    FROM (SELECT * FROM _wh.pairs ORDER BY tenant_name, template_name) pairs
$$;
COMMENT ON FUNCTION _wh.request_due() IS 'asks for what the nightly run would read, a request a tenant and report; returns their ids. CALL _wh.run_nightly() waits for them';

-- A request for today and yesterday, for each of them.
CREATE FUNCTION _wh.request_today() RETURNS bigint[]
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(_wh.enqueue('ingest', template_name, tenant_name, schema_name, today - 1, today, 0)), '{}')
    FROM (SELECT * FROM _wh.pairs ORDER BY tenant_name, template_name) pairs CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE time_zone)::date AS today) clock
$$;
COMMENT ON FUNCTION _wh.request_today() IS 'asks for today and yesterday of every tenant and report; returns the requests'' ids. CALL _wh.run_hourly() waits for them';

-- Everything that the ledger knows and the warehouse has not, and nobody has asked for yet: a request a month, tenant and report, the newest first. Parents and views come
-- first, so that what is read from them fills up while the days come in.
CREATE FUNCTION _wh.rebuild_entire_warehouse(OUT requests bigint, OUT days bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    target record;
BEGIN
    FOR target IN
        SELECT t.*, s.tenant_name FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name) ORDER BY t.schema_name, t.template_name
    LOOP
        PERFORM _wh.claim_schema(target.tenant_name, target.schema_name);
        IF NOT _wh.does_mv_exist(target.schema_name, target.days_table) THEN
            PERFORM _wh.drop_views(target.schema_name, target.template_name);
            PERFORM _wh.make_parent(target.schema_name, target.template_name, target.days_table, target.columns, target.types,
                target.day_column, target.time_zone);
        END IF;
        PERFORM _wh.ensure_tenant_view(target.schema_name, target.template_name);
    END LOOP;
    PERFORM _wh.ensure_public_view(t.template_name) FROM (SELECT DISTINCT r.template_name FROM _wh.report_targets r) t;
    SELECT count(_wh.enqueue('rebuild', m.template_name, m.tenant_name, m.schema_name, m.first_day, m.last_day, 3 + m.age, m.missing)),
        coalesce(sum(m.days), 0)
    INTO requests, days
    FROM (
        SELECT l.schema_name, l.template_name, l.tenant_name, min(l.day) AS first_day, max(l.day) AS last_day, count(*) AS days,
            range_agg(daterange(l.day, l.day + 1)) AS missing,
            greatest((current_date - max(l.day)) / 28, 0) AS age
        FROM _wh.ledger l JOIN _wh.mv_templates r USING (template_name)
        WHERE NOT _wh.does_mv_exist(l.schema_name, l.day_table) AND NOT EXISTS (
            -- Asked for already.
            SELECT FROM _wh.queue q
            WHERE q.kind = 'rebuild' AND q.state IN ('queued', 'running') AND q.schema_name = l.schema_name
                AND q.template_name = l.template_name AND q.remaining @> l.day)
        GROUP BY l.schema_name, l.template_name, l.tenant_name, date_trunc('month', l.day)
        ORDER BY age, l.schema_name, l.template_name) m;
END
$$;
COMMENT ON FUNCTION _wh.rebuild_entire_warehouse() IS
    'after a restore of _wh alone: makes the views again and asks for every day that the ledger knows and the warehouse has not; returns for how many it asked';
