-- What went wrong, a line a cause; and the error of a CALL within a transaction.

DROP VIEW _wh.failures_last_24_hours;

-- One dead replica fails its days in every run and report: all of them are one line. What is not about a day, such as a report that cannot be
-- used, stands in the run's message, a line each, or in the request's.
CREATE VIEW _wh.failures_last_24_hours AS
    WITH failures AS (
        SELECT e.at, e.run_id, e.tenant_name, e.template_name AS report, e.day, e.code, e.sqlstate, e.message, e.hint
        FROM _wh.runs r JOIN _wh.run_events e USING (run_id)
        -- A run's events come after its start, and none runs for a week.
        WHERE r.started_at > now() - interval '8 days' AND e.outcome = 'failed' AND e.at > now() - interval '24 hours'
        UNION ALL
        SELECT r.finished_at AS at, r.run_id, NULL::text AS tenant_name, NULL::text AS report, NULL::date AS day, NULL::text AS code,
            NULL::text AS sqlstate, split_part(line, '; hint: ', 1) AS message, nullif(split_part(line, '; hint: ', 2), '') AS hint
        FROM _wh.runs r CROSS JOIN LATERAL regexp_split_to_table(r.message, E'\n') line
        WHERE r.started_at > now() - interval '8 days' AND r.finished_at > now() - interval '24 hours'
            AND r.outcome IN ('partial', 'failed')
        UNION ALL
        SELECT q.finished_at AS at, NULL::bigint AS run_id, q.tenant_name, q.template_name AS report, NULL::date AS day,
            NULL::text AS code, q.sqlstate, q.message, q.hint
        FROM _wh.queue q
        WHERE q.finished_at > now() - interval '24 hours' AND q.state IN ('partial', 'failed') AND q.message IS NOT NULL
            -- What its runs say of it is among the lines above.
            AND NOT EXISTS (
                SELECT FROM _wh.runs r JOIN _wh.run_events e USING (run_id) WHERE r.request_id = q.id AND e.outcome = 'failed'))
    SELECT max(at) AS last_at, min(at) AS first_at, count(*) AS times,
        string_agg(DISTINCT tenant_name, ', ' ORDER BY tenant_name) AS tenants,
        string_agg(DISTINCT report, ', ' ORDER BY report) AS reports,
        count(DISTINCT day) AS days, min(day) AS first_day, max(day) AS last_day, max(run_id) AS last_run, code, sqlstate, message, hint
    FROM failures GROUP BY code, sqlstate, message, hint
    ORDER BY 1 DESC;
COMMENT ON VIEW _wh.failures_last_24_hours IS
    'what failed in the last 24 hours, a line a cause: whom it concerned, how often and for which days, and what to do; the days themselves are in _wh.run_events';

-- Raises where a wait could never end: nothing that another session commits becomes visible.
CREATE OR REPLACE FUNCTION _wh.refuse_endless_wait() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- What the client sent, without the comments that it begins with.
    sent text := regexp_replace(coalesce(current_query(), ''), '^(\s|--[^\n]*\n|/\*([^*]|\*[^/])*\*/)*', '');
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'cannot wait under % isolation: what workers do would never be seen', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state', HINT = 'SET default_transaction_isolation = ''read committed''';
    END IF;
    -- The statement that began its transaction has begun when the transaction did. Several statements sent as one text are a transaction too,
    -- and so is a function's caller.
    IF now() < statement_timestamp()
        OR sent ~* '^(begin|start|select|with|values|insert|update|delete|set|savepoint)\y'
        OR sent ~* '^call([^;''"]|''[^'']*''|"[^"]*")*;\s*[^\s;/-]'
    THEN
        RAISE EXCEPTION 'cannot wait within a transaction: workers see a request once it is committed'
            USING ERRCODE = 'invalid_transaction_state',
                HINT = 'CALL it by itself: without BEGIN, not in a function, and as the only statement of psql -c or of a pg_cron job';
    END IF;
END
$$;
