-- The waiting forms of what V009 asks for. They have to commit what they ask for, so that workers see it, and can be neither SECURITY DEFINER
-- nor have a SET clause then (PostgreSQL manual, "Transaction Management"): they run as their caller, and every name in them is qualified.

-- Raises where a wait could never end: nothing that another session commits becomes visible.
CREATE FUNCTION _wh.refuse_endless_wait() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'cannot wait under % isolation: what workers do would never be seen', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state', HINT = 'SET default_transaction_isolation = ''read committed''';
    END IF;
    -- The statement that began its transaction has begun when the transaction did.
    IF now() < statement_timestamp() THEN
        RAISE EXCEPTION 'cannot wait within a transaction: workers see a request once it is committed'
            USING ERRCODE = 'invalid_transaction_state', HINT = 'CALL it by itself, without BEGIN';
    END IF;
END
$$;

-- What became of some requests; raises when no worker has been alive for two minutes, for then nobody will end them.
CREATE FUNCTION _wh.waiting_for(requests bigint[], OUT unfinished bigint, OUT failures bigint, OUT what text, OUT next_step text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen timestamptz;
    asked timestamptz;
BEGIN
    SELECT count(*) FILTER (WHERE q.finished_at IS NULL),
        cardinality(requests) - count(*) FILTER (WHERE q.finished_at IS NULL OR q.state = 'done'),
        string_agg(format('request %s, %s %s: %s', q.id, q.tenant_name, q.template_name, coalesce(q.message, q.state)), '; ' ORDER BY q.id)
            FILTER (WHERE q.state IN ('partial', 'failed', 'cancelled')),
        min(q.hint) FILTER (WHERE q.state IN ('partial', 'failed', 'cancelled')), max(q.requested_at)
    INTO unfinished, failures, what, next_step, asked
    FROM _wh.queue q WHERE q.id = ANY (requests);
    SELECT max(w.seen_at) INTO seen FROM _wh.workers w;
    IF unfinished > 0 AND greatest(seen, asked) < clock_timestamp() - interval '2 minutes' THEN
        RAISE EXCEPTION 'no worker has been alive for two minutes: % waits', CASE unfinished WHEN 1 THEN 'the request' ELSE unfinished || ' requests' END
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'start dayhaul worker; what waits is carried out then, unless it is cancelled';
    END IF;
END
$$;

CREATE PROCEDURE _wh.wait_for(requests bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    answer record;
    pause double precision := 0.05;
BEGIN
    PERFORM _wh.refuse_endless_wait();
    COMMIT;
    LOOP
        SELECT * INTO answer FROM _wh.waiting_for(requests);
        EXIT WHEN answer.unfinished OPERATOR(pg_catalog.=) 0;
        COMMIT;
        PERFORM pg_catalog.pg_sleep(pause);
        COMMIT;
        pause := CASE WHEN pause OPERATOR(pg_catalog.<) 1.0 THEN pause OPERATOR(pg_catalog.*) 1.5 ELSE 1.0 END;
    END LOOP;
    IF answer.failures OPERATOR(pg_catalog.>) 0 THEN
        RAISE EXCEPTION '% of % requests did not succeed: %', answer.failures, pg_catalog.cardinality(requests), coalesce(answer.what, 'they were removed')
            -- One that is not there any more went with its tenant or report.
            USING ERRCODE = 'external_routine_exception', HINT = coalesce(answer.next_step, 'SELECT * FROM _wh.requests');
    END IF;
END
$$;
COMMENT ON PROCEDURE _wh.wait_for(bigint[]) IS 'waits for requests to end, and raises when one of them did not succeed';

CREATE PROCEDURE _wh.ingest(template text, tenant text, from_day date, to_day date)
LANGUAGE plpgsql AS $$
DECLARE
    request bigint;
BEGIN
    PERFORM _wh.refuse_endless_wait();
    SELECT request_id INTO request FROM _wh.update_mv_window_by_template(template, tenant, NULL, from_day, to_day);
    COMMIT;
    CALL _wh.wait_for(ARRAY[request]);
END
$$;
COMMENT ON PROCEDURE _wh.ingest(text, text, date, date) IS
    'reads days again, both included, and waits until they are in the warehouse; raises when that failed. CALL it by itself, not in a transaction';

CREATE PROCEDURE _wh.run_nightly()
LANGUAGE plpgsql AS $$
DECLARE
    asked bigint[];
BEGIN
    PERFORM _wh.refuse_endless_wait();
    asked := _wh.request_due();
    COMMIT;
    CALL _wh.wait_for(asked);
END
$$;
COMMENT ON PROCEDURE _wh.run_nightly() IS
    'the nightly batch of all tenants and reports: today, yesterday, the late-data window, gaps; waits, and raises when something failed';

CREATE PROCEDURE _wh.run_hourly()
LANGUAGE plpgsql AS $$
DECLARE
    asked bigint[];
BEGIN
    PERFORM _wh.refuse_endless_wait();
    asked := _wh.request_today();
    COMMIT;
    CALL _wh.wait_for(asked);
END
$$;
COMMENT ON PROCEDURE _wh.run_hourly() IS 'today and yesterday of all tenants and reports; waits, and raises when something failed';
