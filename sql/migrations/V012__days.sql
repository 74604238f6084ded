-- Which days of a report are read: those since its first day, without those that were dropped, and without those that
-- its time zone left out. The planner, the functions of V009, rebuild and status all ask here.

ALTER TABLE _wh.report_targets
    ADD COLUMN first_day date CHECK (isfinite(first_day)),
    ADD COLUMN dropped datemultirange NOT NULL DEFAULT '{}';
COMMENT ON COLUMN _wh.report_targets.first_day IS
    'the nightly run fills gaps from this day on; the first range that is loaded sets it, dayhaul day first changes it';
COMMENT ON COLUMN _wh.report_targets.dropped IS 'days that dayhaul day drop removed: no run reads them until dayhaul day restore';

-- Of a warehouse that is upgraded: the oldest day of those that hang together. A day of before 1970, or more than ten
-- years before the day that follows it, was loaded by mistake.
UPDATE _wh.report_targets t SET first_day = (
    SELECT max(d.day) FROM (
        SELECT l.day, lag(l.day) OVER (ORDER BY l.day) AS before FROM _wh.ledger l
        WHERE l.schema_name = t.schema_name AND l.template_name = t.template_name AND l.day >= DATE '1970-01-01') d
    WHERE d.before IS NULL OR d.before < (d.day - interval '10 years')::date);

-- Days that the ledger knows and whose tables are there. One that is being dropped counts no more.
CREATE VIEW _wh.loaded_days AS
    SELECT l.* FROM _wh.ledger l JOIN _wh.report_targets t ON t.schema_name = l.schema_name AND t.template_name = l.template_name
    JOIN pg_catalog.pg_namespace n ON n.nspname = l.schema_name::name
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = l.day_table::name AND c.relkind IN ('r', 'p', 'v', 'm')
    WHERE NOT t.dropped @> l.day;
COMMENT ON VIEW _wh.loaded_days IS 'days that the ledger knows and the warehouse has';

-- Days that the ledger knows and whose tables are gone, as after a restore of _wh alone.
CREATE VIEW _wh.lost_days AS
    SELECT l.* FROM _wh.ledger l JOIN _wh.report_targets t ON t.schema_name = l.schema_name AND t.template_name = l.template_name
    WHERE NOT t.dropped @> l.day AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_namespace n
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = l.day_table::name AND c.relkind IN ('r', 'p', 'v', 'm')
        WHERE n.nspname = l.schema_name::name);
COMMENT ON VIEW _wh.lost_days IS 'days that the ledger knows and the warehouse has not';

-- Today in a time zone; in UTC where the zone is not one, so that a report with a misspelt zone stops no other.
CREATE FUNCTION _wh.today_in(time_zone text) RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (now() AT TIME ZONE time_zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN (now() AT TIME ZONE 'UTC')::date;
END
$$;

-- Days that a time zone left out when it crossed the date line, such as 2011-12-30 in Pacific/Apia: they end when they
-- begin.
CREATE FUNCTION _wh.skipped_days(time_zone text, first_day date, last_day date) RETURNS datemultirange
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(range_agg(daterange(d, d + 1)), '{}')
    FROM (SELECT skipped_days.first_day + n AS d FROM generate_series(0, last_day - skipped_days.first_day) n) days
    WHERE time_zone <> 'UTC' AND d::timestamp AT TIME ZONE time_zone >= (d + 1)::timestamp AT TIME ZONE time_zone
$$;

-- The time zone that decides how long a target's days are; NULL where the day column holds no instants, and every day
-- of the calendar is one.
CREATE FUNCTION _wh.zone_of(target _wh.report_targets) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN target.types[array_position(target.columns, target.day_column)] LIKE 'timestamp%with time zone' THEN target.time_zone END
$$;

-- Days between two, both included, that are not read.
CREATE FUNCTION _wh.days_left_out(target_schema text, template text, first_day date, last_day date, time_zone text) RETURNS datemultirange
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
            SELECT t.dropped * datemultirange(daterange(days_left_out.first_day, last_day + 1)) FROM _wh.report_targets t
            WHERE t.schema_name = target_schema AND t.template_name = template), '{}')
        + _wh.skipped_days(time_zone, days_left_out.first_day, last_day)
$$;

-- Days between two, both included, that are to be read and are not there.
CREATE FUNCTION _wh.missing_days(target_schema text, template text, first_day date, last_day date, time_zone text) RETURNS datemultirange
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT datemultirange(daterange(missing_days.first_day, last_day + 1))
        - coalesce((
            SELECT range_agg(daterange(l.day, l.day + 1)) FROM _wh.loaded_days l
            WHERE l.schema_name = target_schema AND l.template_name = template AND l.day BETWEEN missing_days.first_day AND last_day), '{}')
        - _wh.days_left_out(target_schema, template, missing_days.first_day, last_day, time_zone)
$$;

-- Days of a multirange.
CREATE FUNCTION _wh.days_in(ranges datemultirange) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(ranges) r
$$;

-- Why a range of days is probably a mistake, such as a year of two digits; NULL when it is not. One day that is there
-- already is none.
CREATE FUNCTION _wh.implausible(target_schema text, template text, first_day date, last_day date) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN implausible.first_day = last_day AND EXISTS (
            SELECT FROM _wh.ledger l
            WHERE l.schema_name = target_schema AND l.template_name = template AND l.day = implausible.first_day) THEN NULL
        WHEN implausible.first_day < DATE '1970-01-01' THEN format('%s is before 1970', implausible.first_day)
        ELSE (
            SELECT format('%s is more than ten years before %s, the first day of %I in %I', implausible.first_day, t.first_day, template,
                target_schema)
            FROM _wh.report_targets t
            WHERE t.schema_name = target_schema AND t.template_name = template
                AND implausible.first_day < (t.first_day - interval '10 years')::date)
        END
$$;

-- Lets gaps be filled from the first day of the first range that is loaded. A day of before 1970 was confirmed for
-- once, not for every night.
CREATE FUNCTION _wh.begin_target(target_schema text, template text, first_day date) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE _wh.report_targets t SET first_day = begin_target.first_day
    WHERE t.schema_name = target_schema AND t.template_name = template AND t.first_day IS NULL
        AND begin_target.first_day >= DATE '1970-01-01'
$$;

-- Key of the advisory lock on a day, which whoever publishes or drops the day holds.
CREATE FUNCTION _wh.day_key(target_schema text, template text, day date) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT hashtextextended(jsonb_build_array('dayhaul.day', target_schema, template, day)::text, 0)
$$;

-- What is left of tenants that are being dropped: their tables go a few at a time. A tenant that has a row here is
-- disabled, has no views and is in no public view; dayhaul tenant drop goes on where it was.
CREATE TABLE _wh.tenant_removals (
    tenant_name text PRIMARY KEY REFERENCES _wh.tenant_connections ON UPDATE CASCADE ON DELETE CASCADE,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE _wh.removed_tables (
    tenant_name text NOT NULL REFERENCES _wh.tenant_connections ON UPDATE CASCADE ON DELETE CASCADE,
    schema_name text NOT NULL,
    table_name  text NOT NULL,
    is_parent   boolean NOT NULL,
    PRIMARY KEY (schema_name, table_name)
);
CREATE INDEX removed_tables_tenant ON _wh.removed_tables (tenant_name);
COMMENT ON TABLE _wh.tenant_removals IS 'tenants that dayhaul tenant drop has begun to remove';
COMMENT ON TABLE _wh.removed_tables IS 'tables of such tenants that are not dropped yet; a parent goes after its days';

-- As in V009, but that days which look mistyped are refused, and days that were dropped are not asked for.
CREATE OR REPLACE FUNCTION _wh.request_days(
    template text, tenant text, target_schema text, first_day date, last_day date, priority integer, OUT request_id bigint, OUT state text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date;
    doubt text;
    dropped datemultirange;
BEGIN
    target_schema := _wh.checked_target(template, tenant, target_schema);
    IF NOT (SELECT enabled FROM _wh.tenant_connections c WHERE c.tenant_name = tenant) THEN
        RAISE EXCEPTION 'tenant % is disabled', tenant
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('dayhaul tenant enable %s', _wh.shell_word(tenant));
    END IF;
    SELECT _wh.today_in(m.time_zone) INTO today FROM _wh.mv_templates m WHERE m.template_name = template;
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
    doubt := _wh.implausible(target_schema, template, first_day, last_day);
    IF doubt IS NOT NULL THEN
        RAISE EXCEPTION '%: it looks mistyped', doubt USING ERRCODE = 'invalid_parameter_value', HINT = format(
            'if it is meant: dayhaul ingest --from %s --to %s --tenant %s --report %s --yes', to_char(first_day, 'YYYY-MM-DD'),
            to_char(last_day, 'YYYY-MM-DD'), _wh.shell_word(tenant), _wh.shell_word(template));
    END IF;
    SELECT t.dropped * datemultirange(daterange(request_days.first_day, last_day + 1)) INTO dropped FROM _wh.report_targets t
    WHERE t.schema_name = request_days.target_schema AND t.template_name = template;
    IF NOT isempty(dropped) THEN
        IF _wh.days_in(dropped) > last_day - first_day THEN
            RAISE EXCEPTION 'all days from % to % are dropped', first_day, last_day
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = _wh.restore_command(tenant, template, dropped);
        END IF;
        RAISE NOTICE '% of the days are dropped and are not read', _wh.days_in(dropped)
            USING HINT = _wh.restore_command(tenant, template, dropped);
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

-- A word as a POSIX shell reads it.
CREATE OR REPLACE FUNCTION _wh.shell_word(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN word ~ '^[A-Za-z0-9_.,:/@%+-]+$' THEN word ELSE '''' || replace(word, '''', '''\''''') || '''' END
$$;

-- The command that brings dropped days back.
CREATE FUNCTION _wh.restore_command(tenant text, template text, days datemultirange) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('dayhaul day restore %s %s --from %s --to %s', _wh.shell_word(tenant), _wh.shell_word(template),
        to_char(lower(days), 'YYYY-MM-DD'), to_char(upper(days) - 1, 'YYYY-MM-DD'))
$$;

-- As in V009, but that a report whose time zone is none stops no other: its request fails by itself.
CREATE OR REPLACE FUNCTION _wh.request_today() RETURNS bigint[]
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(_wh.enqueue('ingest', template_name, tenant_name, schema_name, today - 1, today, 0)), '{}')
    FROM (SELECT * FROM _wh.pairs ORDER BY tenant_name, template_name) pairs
    CROSS JOIN LATERAL (SELECT _wh.today_in(time_zone) AS today) clock
$$;

-- Schemas, parents and views that a report should have in a schema and has not, made for so many targets at most. One
-- that cannot be made is named, and keeps none of the others from being made.
CREATE FUNCTION _wh.make_targets(most integer, OUT made integer, OUT failures text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target record;
    next_step text;
BEGIN
    made := 0;
    failures := '{}';
    FOR target IN
        SELECT t.*, s.tenant_name FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name)
        WHERE NOT (_wh.does_mv_exist(t.schema_name, t.days_table) AND _wh.does_mv_exist(t.schema_name, t.template_name))
        ORDER BY t.schema_name, t.template_name
    LOOP
        EXIT WHEN made >= most;
        BEGIN
            PERFORM _wh.claim_schema(target.tenant_name, target.schema_name);
            IF NOT _wh.does_mv_exist(target.schema_name, target.days_table) THEN
                PERFORM _wh.drop_views(target.schema_name, target.template_name);
                PERFORM _wh.make_parent(target.schema_name, target.template_name, target.days_table, target.columns, target.types,
                    target.day_column, target.time_zone);
            END IF;
            PERFORM _wh.ensure_tenant_view(target.schema_name, target.template_name);
            made := made + 1;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS next_step = PG_EXCEPTION_HINT;
            failures := failures || format('%s %s: %s%s', target.tenant_name, target.template_name, SQLERRM, '; hint: ' || nullif(next_step, ''));
            -- The public view does without it until it can be made.
            UPDATE _wh.report_targets t SET view_definition = NULL
            WHERE t.schema_name = target.schema_name AND t.template_name = target.template_name AND t.view_definition IS NOT NULL
                AND NOT _wh.does_mv_exist(t.schema_name, t.template_name);
        END;
    END LOOP;
END
$$;

-- The public view of a report, as part of a rebuild: NULL when it is there, else why it cannot be made.
CREATE FUNCTION _wh.make_public_view(template text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM _wh.ensure_public_view(template);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN format('public.%I: %s', template, SQLERRM);
END
$$;

-- As in V009, but that it takes a bounded number of locks, and that a target which cannot be made stops no other. What
-- it leaves is made by dayhaul rebuild, or with the first day of each.
CREATE OR REPLACE FUNCTION _wh.rebuild_entire_warehouse(OUT requests bigint, OUT days bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    failures text[];
    views record;
    locks bigint := 0;
    problem text;
BEGIN
    SELECT m.failures INTO failures FROM _wh.make_targets(200) m;
    FOR views IN
        SELECT t.template_name, count(*) AS tenants FROM _wh.report_targets t GROUP BY t.template_name
        HAVING bool_and(t.view_definition IS NULL OR _wh.does_mv_exist(t.schema_name, t.template_name)) ORDER BY 1
    LOOP
        locks := locks + views.tenants;
        EXIT WHEN locks > 1000;
        failures := failures || _wh.make_public_view(views.template_name);
    END LOOP;
    FOREACH problem IN ARRAY array_remove(failures, NULL) LOOP
        RAISE WARNING '%', problem;
    END LOOP;
    SELECT count(_wh.enqueue('rebuild', m.template_name, m.tenant_name, m.schema_name, m.first_day, m.last_day, 3 + m.age, m.missing)),
        coalesce(sum(m.days), 0)
    INTO requests, days
    FROM (
        SELECT l.schema_name, l.template_name, l.tenant_name, min(l.day) AS first_day, max(l.day) AS last_day, count(*) AS days,
            range_agg(daterange(l.day, l.day + 1)) AS missing,
            greatest((current_date - max(l.day)) / 28, 0) AS age
        FROM _wh.lost_days l JOIN _wh.mv_templates r USING (template_name)
        WHERE NOT EXISTS (
            -- Asked for already.
            SELECT FROM _wh.queue q
            WHERE q.kind = 'rebuild' AND q.state IN ('queued', 'running') AND q.schema_name = l.schema_name
                AND q.template_name = l.template_name AND q.remaining @> l.day)
        GROUP BY l.schema_name, l.template_name, l.tenant_name, date_trunc('month', l.day)
        ORDER BY age, l.schema_name, l.template_name) m;
END
$$;
