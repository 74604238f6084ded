-- What people and tools may see. Run by `dayhaul init` every time, as the engine's role, after the migrations: it also mends a control
-- schema that was restored from a dump, which holds nothing of the schema public.
--
-- Names of roles come from settings, as in roles.sql.
CREATE OR REPLACE VIEW public.warehouse_freshness AS
    SELECT schema_name, template_name AS report, day, rows, loaded_at, checked_at, provisional FROM _wh.ledger;
COMMENT ON VIEW public.warehouse_freshness IS 'when each day of each report was loaded';

DO $access$
DECLARE
    admin  text := coalesce(nullif(current_setting('dayhaul.admin_role', true), ''), 'whadmin');
    writer text := coalesce(nullif(current_setting('dayhaul.writer_role', true), ''), 'phood_rw');
    reader text := coalesce(nullif(current_setting('dayhaul.reader_role', true), ''), 'phood_ro');
BEGIN
    -- Whom later grants go to.
    INSERT INTO _wh.settings (name, value) VALUES ('admin_role', admin), ('writer_role', writer), ('reader_role', reader)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;
    EXECUTE format('GRANT USAGE ON SCHEMA _wh TO %I', admin);
    EXECUTE format('GRANT ALL ON _wh.mv_templates TO %I', admin);
    EXECUTE format('GRANT SELECT ON _wh.last_runs, _wh.failures_last_24_hours, _wh.refresh_times, _wh.freshness, _wh.connection_use,
        _wh.cache_hit_ratio TO %I', admin);
    -- What stands in the queue is seen through this view, and ends through _wh.cancel_request().
    EXECUTE format('GRANT SELECT ON _wh.requests TO %I', admin);
    EXECUTE format('GRANT EXECUTE ON ROUTINE _wh.create_mv_from_template, _wh.update_mv_by_template, _wh.update_mv_window_by_template,
        _wh.update_tenant_union_view_by_template, _wh.update_public_view_by_template, _wh.get_tenant_connection_string, _wh.does_mv_exist,
        _wh.refresh_mv, _wh.create_mv_name, _wh.fitted_name, _wh.rebuild_entire_warehouse, _wh.request_due, _wh.request_today,
        _wh.cancel_request, _wh.refuse_endless_wait, _wh.waiting_for, _wh.wait_for, _wh.ingest, _wh.run_nightly, _wh.run_hourly TO %I', admin);
    EXECUTE format('GRANT SELECT ON public.warehouse_freshness TO %I, %I, %I', admin, writer, reader);
END
$access$;
