-- What keeps a day from being replaced by something worse, and runs from taking more than their share.

ALTER TABLE _wh.mv_templates
    ADD COLUMN max_shrink double precision NOT NULL DEFAULT 0.5 CHECK (max_shrink BETWEEN 0 AND 1),
    ADD COLUMN expectations jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(expectations) = 'array');
COMMENT ON COLUMN _wh.mv_templates.max_shrink IS 'a day that loses more than this share of its rows is held until somebody accepts it';
COMMENT ON COLUMN _wh.mv_templates.expectations IS 'what a day must fulfil before it is published: [{"check": "not_null", "column": "id", "on_failure": "fail"}, …]';

ALTER TABLE _wh.ledger ADD COLUMN expectations jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN _wh.ledger.expectations IS 'what came of the report''s expectations when the day''s rows were published';

ALTER TABLE _wh.run_events ADD COLUMN inserted bigint, ADD COLUMN deleted bigint;
COMMENT ON COLUMN _wh.run_events.inserted IS 'rows written to the day''s table';

ALTER TABLE _wh.runs ADD COLUMN plan text;
COMMENT ON COLUMN _wh.runs.plan IS 'what the run was asked for: the next run that is asked for the same takes over what this one had spilled, should it die';

ALTER TABLE _wh.tenant_connections ADD COLUMN stall_seconds integer CHECK (stall_seconds > 0);
COMMENT ON COLUMN _wh.tenant_connections.stall_seconds IS 'longest silence of its replica while an answer or a row is awaited; NULL is 300';

-- Tells spill files of one warehouse from those of another.
INSERT INTO _wh.settings (name, value) VALUES ('warehouse_id', gen_random_uuid()::text);

-- Which database a tenant's days come from, and the latest snapshot of it that was used.
CREATE TABLE _wh.sources (
    tenant_name       text PRIMARY KEY REFERENCES _wh.tenant_connections ON UPDATE CASCADE ON DELETE CASCADE,
    system_identifier text NOT NULL,
    timeline          integer NOT NULL,
    replay_lsn        pg_lsn NOT NULL,
    seen_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE _wh.sources IS 'the database system that a tenant''s days come from; another one is refused until dayhaul tenant set --accept-source';

-- Limits that hold for all sessions together: a slot is an advisory lock of the session, so that one which ends, however it does, frees its own.
-- Returns the slot taken, or NULL when others have them all, or wait for one and this session has not; held are those that it has already.
CREATE FUNCTION _wh.take_slot(limit_name text, slots integer, held integer[], waited boolean) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Those who wait hold this lock shared: it can be had when there are none but oneself, and is free again with the statement's end.
    IF waited OR pg_try_advisory_xact_lock(hashtextextended('dayhaul.waiting.' || limit_name, 0)) THEN
        FOR slot IN 0 .. slots - 1 LOOP
            IF NOT slot = ANY (held) AND pg_try_advisory_lock(hashtextextended(format('dayhaul.slot.%s.%s', limit_name, slot), 0)) THEN
                RETURN slot;
            END IF;
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION _wh.free_slot(limit_name text, slot integer) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_advisory_unlock(hashtextextended(format('dayhaul.slot.%s.%s', limit_name, slot), 0))
$$;

CREATE FUNCTION _wh.wait_for_slot(limit_name text, waits boolean) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN waits THEN pg_try_advisory_lock_shared(hashtextextended('dayhaul.waiting.' || limit_name, 0))
        ELSE pg_advisory_unlock_shared(hashtextextended('dayhaul.waiting.' || limit_name, 0)) END
$$;
