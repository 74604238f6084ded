-- What people and schedulers ask for. Functions put requests here (V009); `dayhaul worker` carries them out.

CREATE TABLE _wh.queue (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('ingest', 'due', 'rebuild')),
    template_name text NOT NULL REFERENCES _wh.mv_templates ON UPDATE CASCADE ON DELETE CASCADE,
    tenant_name   text NOT NULL REFERENCES _wh.tenant_connections ON UPDATE CASCADE ON DELETE CASCADE,
    schema_name   text NOT NULL,
    first_day     date,
    last_day      date,
    priority      integer NOT NULL,
    state         text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'partial', 'failed', 'cancelled')),
    requested_by  text NOT NULL DEFAULT session_user,
    requested_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_after     timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt       integer NOT NULL DEFAULT 0,
    max_attempts  integer NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
    worker        text,
    lease_token   uuid,
    lease_until   timestamptz,
    claimed_at    timestamptz,
    finished_at   timestamptz,
    cancelled_by  text,
    remaining     datemultirange,
    days_planned  integer,
    days_done     integer NOT NULL DEFAULT 0,
    days_failed   integer NOT NULL DEFAULT 0,
    rows          bigint NOT NULL DEFAULT 0,
    sqlstate      text,
    message       text,
    hint          text,
    CHECK ((first_day IS NULL) = (last_day IS NULL) AND first_day <= last_day),
    CHECK ((first_day IS NULL) = (kind = 'due')),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL) AND (lease_token IS NULL OR state = 'running')),
    CHECK ((finished_at IS NULL) = (state IN ('queued', 'running')))
);
-- Of the same work one request runs and one waits. A constraint, because two sessions that look first both find nothing.
CREATE UNIQUE INDEX queue_same_work ON _wh.queue (template_name, schema_name, kind, first_day, last_day, state) NULLS NOT DISTINCT
    WHERE state IN ('queued', 'running');
CREATE INDEX queue_order ON _wh.queue (tenant_name, priority, id) WHERE state IN ('queued', 'running');
CREATE INDEX queue_leased ON _wh.queue (tenant_name, schema_name, template_name) WHERE lease_token IS NOT NULL;
CREATE INDEX queue_served ON _wh.queue (tenant_name, claimed_at);
CREATE INDEX queue_finished ON _wh.queue (finished_at) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE _wh.queue IS 'requests; people see them in _wh.requests';
COMMENT ON COLUMN _wh.queue.kind IS 'ingest: days asked for; due: what the nightly run would read; rebuild: days that the ledger knew';
COMMENT ON COLUMN _wh.queue.state IS 'a running request without a lease waits for its next slice, or to be tried again after run_after';
COMMENT ON COLUMN _wh.queue.attempt IS 'claims since a slice was last finished: counted first, so that a request that kills its worker ends too';
COMMENT ON COLUMN _wh.queue.lease_token IS 'who holds it may publish; a claim after lease_until makes a new one, and the old holder changes nothing any more';
COMMENT ON COLUMN _wh.queue.remaining IS 'days still to be published; NULL until a worker has planned them';

CREATE TABLE _wh.workers (
    worker     text PRIMARY KEY,
    host       text NOT NULL,
    process_id integer NOT NULL,
    engine     text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease      interval NOT NULL
);
COMMENT ON COLUMN _wh.workers.worker IS 'also the application_name of its sessions: those of one that was not heard of for longer than its leases are ended';
COMMENT ON TABLE _wh.workers IS 'processes that carry requests out, and when each last said that it lives';

ALTER TABLE _wh.runs ADD COLUMN request_id bigint;
COMMENT ON COLUMN _wh.runs.request_id IS 'the request of _wh.requests that it carried out a slice of';

CREATE VIEW _wh.requests AS
    SELECT q.id, q.kind, q.tenant_name, q.template_name AS report, q.schema_name, q.first_day, q.last_day,
        CASE WHEN q.state = 'running' AND q.cancelled_by IS NOT NULL THEN 'cancelling'
            WHEN q.state = 'running' AND q.lease_token IS NULL AND q.run_after > clock_timestamp() THEN 'retrying'
            ELSE q.state END AS state,
        q.days_planned, q.days_done, q.days_failed, round(100.0 * (q.days_done + q.days_failed) / nullif(q.days_planned, 0)) AS percent, q.rows,
        q.requested_by, q.requested_at, q.claimed_at, q.finished_at, q.worker, q.attempt,
        CASE WHEN q.lease_token IS NULL AND q.finished_at IS NULL THEN q.run_after END AS next_try, q.sqlstate, q.message, q.hint
    FROM _wh.queue q ORDER BY q.id DESC;
COMMENT ON VIEW _wh.requests IS 'what was asked for and what came of it, the latest first; _wh.cancel_request(id) ends one';

-- Puts a request in the queue, unless the same one waits there: then that one, sooner if this one is more urgent.
CREATE FUNCTION _wh.enqueue(
    kind text, template text, tenant text, target_schema text, first_day date, last_day date, priority integer,
    remaining datemultirange DEFAULT NULL
) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH asked AS (
        INSERT INTO _wh.queue AS q (kind, template_name, tenant_name, schema_name, first_day, last_day, priority, remaining, days_planned)
        VALUES (enqueue.kind, template, tenant, target_schema, enqueue.first_day, enqueue.last_day, enqueue.priority, enqueue.remaining,
            (SELECT sum(upper(r) - lower(r)) FROM unnest(enqueue.remaining) r))
        ON CONFLICT (template_name, schema_name, kind, first_day, last_day, state) WHERE state IN ('queued', 'running')
        DO UPDATE SET priority = least(q.priority, excluded.priority)
        RETURNING id)
    SELECT id FROM asked CROSS JOIN pg_notify('dayhaul_requests', '')
$$;

-- Takes the next request for a worker, with a lease on it; no row when there is none.
--
-- The more urgent first, then the tenant that was served longest ago. A report's days in a schema are worked on by one request at a
-- time, and a tenant has as many at once as its replica may have streams. A request of several slices comes back after each, so that none
-- waits for another longer than a slice takes.
CREATE FUNCTION _wh.claim_request(worker_name text, lease interval, OUT request _wh.queue)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen bigint;
BEGIN
    -- One claim at a time: what a tenant has under way is counted below.
    PERFORM pg_advisory_xact_lock(hashtextextended('dayhaul.claim', 0));
    UPDATE _wh.queue q SET state = 'failed', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL,
        message = format('%s workers ended without a word while they carried it out, the last of them %s', q.attempt, q.worker),
        hint = 'look for the end of that process in its log and the system''s: out of memory, for one; then ask again'
    WHERE q.id IN (
        SELECT d.id FROM _wh.queue d WHERE d.lease_until < clock_timestamp() AND d.attempt >= d.max_attempts FOR UPDATE SKIP LOCKED);
    UPDATE _wh.queue q SET state = 'cancelled', finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL,
        message = format('cancelled by %s', q.cancelled_by)
    WHERE q.id IN (
        SELECT d.id FROM _wh.queue d WHERE d.lease_until < clock_timestamp() AND d.cancelled_by IS NOT NULL FOR UPDATE SKIP LOCKED);
    SELECT next.id INTO chosen
    FROM _wh.tenant_connections c
    CROSS JOIN LATERAL (SELECT max(s.claimed_at) AS at FROM _wh.queue s WHERE s.tenant_name = c.tenant_name) served
    CROSS JOIN LATERAL (
        SELECT p.id, p.priority FROM _wh.queue p
        WHERE p.tenant_name = c.tenant_name AND p.state IN ('queued', 'running') AND p.run_after <= clock_timestamp()
            AND (p.lease_until IS NULL OR p.lease_until < clock_timestamp())
            AND NOT EXISTS (
                SELECT FROM _wh.queue o
                WHERE o.tenant_name = p.tenant_name AND o.schema_name = p.schema_name AND o.template_name = p.template_name AND o.id <> p.id
                    AND o.lease_token IS NOT NULL AND o.lease_until >= clock_timestamp())
            AND NOT (p.state = 'queued' AND EXISTS (
                SELECT FROM _wh.queue o
                WHERE o.state = 'running' AND o.template_name = p.template_name AND o.schema_name = p.schema_name AND o.kind = p.kind
                    AND o.first_day IS NOT DISTINCT FROM p.first_day AND o.last_day IS NOT DISTINCT FROM p.last_day))
        ORDER BY p.priority, p.id LIMIT 1
        -- Waits for nobody, and leaves alone what a worker that lost its lease is still publishing: it holds FOR KEY SHARE.
        FOR UPDATE SKIP LOCKED) next
    WHERE c.enabled AND (
        SELECT count(*) FROM _wh.queue o
        WHERE o.tenant_name = c.tenant_name AND o.lease_token IS NOT NULL AND o.lease_until >= clock_timestamp()) < coalesce(c.max_streams, 2)
    ORDER BY next.priority, served.at NULLS FIRST, next.id LIMIT 1;
    UPDATE _wh.queue q SET state = 'running', attempt = q.attempt + 1, worker = worker_name, claimed_at = clock_timestamp(),
        lease_token = gen_random_uuid(), lease_until = clock_timestamp() + lease
    WHERE q.id = chosen RETURNING q.* INTO request;
END
$$;

-- Gives a request back after a slice, or ends it: when nothing of it remains, and nothing is to be tried again after a pause. Returns the
-- state that it has then; NULL when the lease was lost, and nothing was changed.
--
-- `ended` is how the slice did: finished, interrupted (the attempt does not count), cancelled, or given up, when nothing of the request can
-- be done. Days that were published are noted already, by the transactions that published them.
CREATE FUNCTION _wh.finish_request(
    request_id bigint, token uuid, ended text, failed_days date[], pause interval, failure_sqlstate text, failure text, failure_hint text
) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    request _wh.queue;
    rest datemultirange;
    failed integer;
    next_state text;
BEGIN
    SELECT * INTO request FROM _wh.queue q WHERE q.id = request_id AND q.lease_token = token FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    rest := request.remaining - coalesce((SELECT range_agg(daterange(d, d + 1)) FROM unnest(failed_days) d), '{}');
    failed := request.days_failed + cardinality(failed_days);
    next_state := CASE
        WHEN ended = 'cancelled' OR request.cancelled_by IS NOT NULL AND NOT isempty(rest) THEN 'cancelled'
        WHEN ended = 'given up' THEN 'failed'
        WHEN ended = 'interrupted' OR pause IS NOT NULL OR rest IS NULL OR NOT isempty(rest) THEN 'running'
        WHEN failed = 0 AND failure IS NULL THEN 'done'
        WHEN failed > 0 AND request.days_done = 0 THEN 'failed'
        ELSE 'partial' END;
    IF next_state = 'done' THEN
        -- What it came through is of no interest any more.
        UPDATE _wh.queue q SET sqlstate = NULL, message = NULL, hint = NULL WHERE q.id = request_id;
    ELSIF next_state = 'cancelled' THEN
        UPDATE _wh.queue q SET message = format('cancelled by %s', q.cancelled_by) WHERE q.id = request_id;
    ELSIF failure IS NOT NULL THEN
        UPDATE _wh.queue q SET sqlstate = failure_sqlstate, message = failure, hint = failure_hint WHERE q.id = request_id;
    END IF;
    UPDATE _wh.queue q SET state = next_state, remaining = rest, days_failed = failed, days_planned = coalesce(q.days_planned, 0),
        attempt = CASE WHEN ended = 'interrupted' THEN greatest(q.attempt - 1, 0) WHEN pause IS NULL THEN 0 ELSE q.attempt END,
        run_after = clock_timestamp() + coalesce(pause, '0'), lease_token = NULL, lease_until = NULL,
        finished_at = CASE WHEN next_state <> 'running' THEN clock_timestamp() END
    WHERE q.id = request_id;
    RETURN next_state;
END
$$;

-- Ends a request: at once when nobody works on it, else as soon as its worker hears of it.
CREATE FUNCTION _wh.cancel_request(request_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    request _wh.queue;
BEGIN
    SELECT * INTO request FROM _wh.queue q WHERE q.id = request_id FOR UPDATE;
    IF request IS NULL THEN
        RAISE EXCEPTION 'there is no request %', request_id USING ERRCODE = 'undefined_object', HINT = 'SELECT * FROM _wh.requests';
    END IF;
    IF request.finished_at IS NOT NULL THEN
        RETURN request.state;
    END IF;
    IF request.lease_until >= clock_timestamp() THEN
        UPDATE _wh.queue q SET cancelled_by = session_user WHERE q.id = request_id;
        PERFORM pg_notify('dayhaul_requests', '');
        RETURN 'cancelling';
    END IF;
    UPDATE _wh.queue q SET state = 'cancelled', cancelled_by = session_user, finished_at = clock_timestamp(), lease_token = NULL,
        lease_until = NULL, message = format('cancelled by %s', session_user)
    WHERE q.id = request_id;
    RETURN 'cancelled';
END
$$;
COMMENT ON FUNCTION _wh.cancel_request(bigint) IS 'ends a request of _wh.requests; returns the state that it has then. Days that were published stay';
