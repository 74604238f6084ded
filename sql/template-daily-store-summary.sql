-- A day's food logs summed up by store.
--   psql "$DAYHAUL_WAREHOUSE" -f sql/template-daily-store-summary.sql
INSERT INTO _wh.mv_templates (template_name, description, query_template, column_definitions, indexes, day_column, key_columns, native_report)
VALUES ('daily_store_summary', 'food logs and their quantity, by day and store',
$query$
SELECT '{TARGET_DATE}'::date AS day,
       pf.location_id,
       pl.name AS store,
       count(*) AS logs,
       sum(pf.quantity) AS quantity
FROM phood_foodlogsum pf
LEFT JOIN phood_location pl ON pl.id = pf.location_id
WHERE pf.logged_time >= '{TARGET_DATE}'::date AND pf.logged_time < '{TARGET_DATE}'::date + 1
GROUP BY pf.location_id, pl.name
$query$,
'day date, location_id integer, store text, logs bigint, quantity numeric',
'CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_store ON {SCHEMA}.{VIEW_NAME} (store)',
'day', '{location_id}', 'DailyStoreSummary')
ON CONFLICT (template_name) DO UPDATE SET
    description = excluded.description, query_template = excluded.query_template, column_definitions = excluded.column_definitions,
    indexes = excluded.indexes, day_column = excluded.day_column, key_columns = excluded.key_columns,
    native_report = excluded.native_report;
