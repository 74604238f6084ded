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
    EXECUTE format('GRANT SELECT ON public.warehouse_freshness TO %I, %I, %I', admin, writer, reader);
END
$access$;
