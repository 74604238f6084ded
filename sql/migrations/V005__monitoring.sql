-- What people ask of the engine from psql, a view a question. Who is granted them is in sql/access.sql.

CREATE VIEW _wh.last_runs AS
    SELECT r.run_id, r.kind, r.started_at, coalesce(r.finished_at, clock_timestamp()) - r.started_at AS took,
        coalesce(r.outcome, 'not finished') AS outcome, r.planned AS days_planned, e.days AS days_finished, e.failed AS days_failed,
        r.rows, r.host, r.message
    FROM _wh.runs r CROSS JOIN LATERAL (
        SELECT count(*) AS days, count(*) FILTER (WHERE e.outcome = 'failed') AS failed FROM _wh.run_events e WHERE e.run_id = r.run_id) e
    ORDER BY r.started_at DESC LIMIT 50;
COMMENT ON VIEW _wh.last_runs IS 'the last 50 runs, the latest first; one that is not finished goes on, or died';

CREATE VIEW _wh.failures_last_24_hours AS
    SELECT e.at, e.run_id, e.tenant_name, e.template_name AS report, e.day, e.code, e.sqlstate, e.message, e.hint
    FROM _wh.runs r JOIN _wh.run_events e USING (run_id)
    -- A run's events come after its start, and none runs for a week.
    WHERE r.started_at > now() - interval '8 days' AND e.outcome = 'failed' AND e.at > now() - interval '24 hours'
    ORDER BY e.at DESC;
COMMENT ON VIEW _wh.failures_last_24_hours IS 'days that failed in the last 24 hours, the latest first, and what to do';

CREATE VIEW _wh.refresh_times AS
    SELECT run_id, tenant_name, report, started_at, finished_at, finished_at - started_at AS took, days, rows
    FROM (
        SELECT e.run_id, e.tenant_name, e.template_name AS report, min(e.at - make_interval(secs => coalesce(e.seconds, 0))) AS started_at,
            max(e.at) AS finished_at, count(*) AS days, sum(e.rows)::bigint AS rows
        FROM _wh.runs r JOIN _wh.run_events e USING (run_id)
        WHERE r.started_at > now() - interval '14 days'
        GROUP BY e.run_id, e.tenant_name, e.template_name) times
    ORDER BY finished_at DESC;
COMMENT ON VIEW _wh.refresh_times IS 'how long each run of the last 14 days took for a tenant and report: from the first read to the last publish';

CREATE VIEW _wh.freshness AS
    SELECT c.tenant_name, t.template_name AS report, t.schema_name, c.enabled, d.days, d.last_day, d.provisional, d.last_read,
        clock_timestamp() - d.last_read AS age
    FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name) JOIN _wh.tenant_connections c USING (tenant_name)
    CROSS JOIN LATERAL (
        SELECT count(*) AS days, max(l.day) AS last_day, count(*) FILTER (WHERE l.provisional) AS provisional,
            max(l.checked_at) AS last_read
        FROM _wh.ledger l WHERE l.schema_name = t.schema_name AND l.template_name = t.template_name) d
    ORDER BY 1, 2;
COMMENT ON VIEW _wh.freshness IS 'a line a tenant and report: its latest day, and when the source was last read';

-- pg_stat_activity would hide from whadmin what kind of session others have; this counts a few workers with the clients.
CREATE VIEW _wh.connection_use AS
    SELECT sum(numbackends)::integer AS current, current_setting('max_connections')::integer AS max,
        round(100.0 * sum(numbackends) / current_setting('max_connections')::integer, 1) AS percent,
        sum(numbackends) FILTER (WHERE datname = current_database())::integer AS of_this_database
    FROM pg_catalog.pg_stat_database;
COMMENT ON VIEW _wh.connection_use IS 'sessions that are connected to a database, against max_connections';

CREATE VIEW _wh.cache_hit_ratio AS
    SELECT datname AS database, round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 2) AS percent
    FROM pg_catalog.pg_stat_database WHERE datname = current_database();
COMMENT ON VIEW _wh.cache_hit_ratio IS 'share of blocks found in shared_buffers since statistics were reset; NULL before the first';
