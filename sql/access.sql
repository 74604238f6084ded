-- What people and tools may see. Run by `dayhaul init` every time, as the engine's role, after the migrations: it also mends a control
-- schema that was restored from a dump, which holds nothing of the schema public, and its grants perhaps not.
--
-- Names of roles come from settings, as in roles.sql.

-- For functions made later; those that are there are seen to below.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Who cannot read a report in a schema is not told of its days either, once there are readers that see some tenants only. The barrier keeps
-- functions in a query from being shown other rows first.
CREATE OR REPLACE VIEW public.warehouse_freshness WITH (security_barrier) AS
    SELECT schema_name, template_name AS report, day, rows, loaded_at, checked_at, provisional FROM _wh.ledger
    WHERE NOT EXISTS (SELECT FROM _wh.limited_readers) OR (schema_name, template_name) IN (
        SELECT t.schema_name, t.template_name
        FROM _wh.report_targets t JOIN pg_catalog.pg_namespace n ON n.nspname::text = t.schema_name
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname::text = t.template_name
        WHERE pg_catalog.has_table_privilege(c.oid, 'SELECT'));
COMMENT ON VIEW public.warehouse_freshness IS 'when each day of each report was loaded';

DO $access$
DECLARE
    admin  text := coalesce(nullif(current_setting('dayhaul.admin_role', true), ''), 'whadmin');
    writer text := coalesce(nullif(current_setting('dayhaul.writer_role', true), ''), 'phood_rw');
    reader text := coalesce(nullif(current_setting('dayhaul.reader_role', true), ''), 'phood_ro');
    own    text := coalesce(nullif(current_setting('dayhaul.writer_schema', true), ''), 'phood');
    one    text;
BEGIN
    -- Whom later grants go to.
    INSERT INTO _wh.settings (name, value)
    VALUES ('admin_role', admin), ('writer_role', writer), ('reader_role', reader), ('writer_schema', own)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;

    EXECUTE format('REVOKE ALL ON SCHEMA _wh FROM PUBLIC, %I, %I, %I', admin, writer, reader);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA _wh FROM PUBLIC, %I, %I, %I', admin, writer, reader);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA _wh FROM PUBLIC, %I, %I, %I', admin, writer, reader);
    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA _wh FROM PUBLIC, %I, %I', writer, reader);

    EXECUTE format('GRANT USAGE ON SCHEMA _wh TO %I', admin);
    -- Not TRIGGER: a function of its own would be run by the engine. Not REFERENCES or TRUNCATE either, which rows do not need.
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON _wh.mv_templates TO %I', admin);
    -- All of a connection but its password, which can be written and not read.
    EXECUTE format('GRANT SELECT (%s), INSERT, UPDATE, DELETE ON _wh.tenant_connections TO %I', (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute
        WHERE attrelid = '_wh.tenant_connections'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'password'), admin);
    EXECUTE format('GRANT SELECT ON _wh.last_runs, _wh.failures_last_24_hours, _wh.refresh_times, _wh.freshness, _wh.connection_use,
        _wh.cache_hit_ratio TO %I', admin);
    -- What became of each day, which those views sum up.
    EXECUTE format('GRANT SELECT ON _wh.runs, _wh.run_events TO %I', admin);
    -- What stands in the queue is seen through this view, and ends through _wh.cancel_request().
    EXECUTE format('GRANT SELECT ON _wh.requests TO %I', admin);
    -- What whadmin calls, one a line. The last few are called by others of them, as their caller.
    FOREACH one IN ARRAY ARRAY[
        'create_mv_from_template(text, text, text, date)',
        'update_mv_by_template(text, text, text, date, boolean)',
        'update_mv_window_by_template(text, text, text, date, date)',
        'update_tenant_union_view_by_template(text, text, text)',
        'update_public_view_by_template(text)',
        'get_tenant_connection_string(text)',
        'does_mv_exist(text, text)',
        'refresh_mv(text, text)',
        'create_mv_name(text, date)',
        'rebuild_entire_warehouse()',
        'request_due()',
        'request_today()',
        'cancel_request(bigint)',
        'wait_for(bigint[])',
        'ingest(text, text, date, date)',
        'run_nightly()',
        'run_hourly()',
        'fitted_name(text, text)',
        'refuse_endless_wait()',
        'waiting_for(bigint[])'
    ] LOOP
        EXECUTE format('GRANT EXECUTE ON ROUTINE _wh.%s TO %I', one, admin);
    END LOOP;
    FOR one IN SELECT _wh.readers_of('public') LOOP
        EXECUTE format('GRANT SELECT ON public.warehouse_freshness TO %I', one);
    END LOOP;
END
$access$;
