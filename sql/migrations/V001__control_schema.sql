-- The control schema: the only part of a warehouse that has to be backed up. Run by `dayhaul init` as the engine's role, which owns it.

CREATE SCHEMA _wh;
REVOKE ALL ON SCHEMA _wh FROM PUBLIC;
COMMENT ON SCHEMA _wh IS 'dayhaul: connections, templates, ledger';
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE _wh.schema_version (
    version    integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- Names of the roles that are granted access, as `dayhaul init` was told.
CREATE TABLE _wh.settings (
    name  text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE _wh.tenant_connections (
    tenant_name   text PRIMARY KEY CHECK (tenant_name <> '' AND octet_length(tenant_name) <= 63),
    host          text NOT NULL,
    port          integer NOT NULL DEFAULT 5432 CHECK (port BETWEEN 1 AND 65535),
    dbname        text NOT NULL,
    username      text NOT NULL,
    password      text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    target_schema text CHECK (target_schema <> '' AND octet_length(target_schema) <= 63 AND target_schema !~ '^pg_'),
    sslmode       text NOT NULL DEFAULT 'verify-full' CHECK (sslmode IN ('disable', 'require', 'verify-ca', 'verify-full')),
    ca_file       text,
    enabled       boolean NOT NULL DEFAULT true,
    max_streams   integer CHECK (max_streams > 0)
);
COMMENT ON TABLE _wh.tenant_connections IS 'one source database a tenant; add with dayhaul tenant add';
COMMENT ON COLUMN _wh.tenant_connections.password IS 'sealed: opens only with the engine''s key file, and only for this tenant, host, port, dbname and username';
COMMENT ON COLUMN _wh.tenant_connections.target_schema IS 'where its tables and views are; NULL is the tenant''s name';
COMMENT ON COLUMN _wh.tenant_connections.max_streams IS 'COPY streams on its replica at once; NULL is the engine''s default';

CREATE FUNCTION _wh.check_tenant_connection() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.password !~ '^dayhaul1:[0-9a-f]{16}:[A-Za-z0-9+/=]+$' THEN
        RAISE EXCEPTION 'the password of tenant % is not sealed', NEW.tenant_name
            USING ERRCODE = 'check_violation',
                  HINT = 'use: dayhaul tenant add NAME --host … --dbname … --username … --password-stdin';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER check_tenant_connection BEFORE INSERT OR UPDATE ON _wh.tenant_connections
    FOR EACH ROW EXECUTE FUNCTION _wh.check_tenant_connection();

CREATE TABLE _wh.mv_templates (
    template_name      text PRIMARY KEY CHECK (template_name <> '' AND octet_length(template_name) <= 63),
    description        text,
    query_template     text NOT NULL,
    column_definitions text NOT NULL,
    indexes            text,
    day_column         text,
    time_zone          text NOT NULL DEFAULT 'UTC',
    late_days          integer NOT NULL DEFAULT 14 CHECK (late_days BETWEEN 0 AND 3660),
    key_columns        text[] NOT NULL DEFAULT '{}',
    native_report      text,
    enabled            boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE _wh.mv_templates IS 'reports: a query for a day, what its columns are, and the indexes of a day''s table';
COMMENT ON COLUMN _wh.mv_templates.query_template IS 'one SELECT with {TARGET_DATE}, or {WINDOW_START} and {WINDOW_END} (the day after the last)';
COMMENT ON COLUMN _wh.mv_templates.column_definitions IS 'name type, name type, …';
COMMENT ON COLUMN _wh.mv_templates.indexes IS 'CREATE INDEX statements with {SCHEMA}, {VIEW_NAME} and {TARGET_DATE}, separated by semicolons';
COMMENT ON COLUMN _wh.mv_templates.day_column IS 'the column that says the day; NULL is the only date or timestamp column, or report_day added by the engine';
COMMENT ON COLUMN _wh.mv_templates.time_zone IS 'in which a day begins at 00:00';
COMMENT ON COLUMN _wh.mv_templates.late_days IS 'days back that the nightly run reads again for late rows';
COMMENT ON COLUMN _wh.mv_templates.native_report IS 'the engine''s own code for this query; NULL runs the query itself';

-- A schema holds one tenant's reports and no other's.
CREATE TABLE _wh.target_schemas (
    schema_name text PRIMARY KEY,
    tenant_name text NOT NULL REFERENCES _wh.tenant_connections ON UPDATE CASCADE
);

-- What a report has in a schema: its partitioned parent and its view.
CREATE TABLE _wh.report_targets (
    schema_name     text NOT NULL REFERENCES _wh.target_schemas,
    template_name   text NOT NULL REFERENCES _wh.mv_templates ON UPDATE CASCADE,
    days_table      text NOT NULL,
    columns         text[] NOT NULL,
    types           text[] NOT NULL,
    day_column      text NOT NULL,
    time_zone       text NOT NULL,
    view_definition text,
    PRIMARY KEY (schema_name, template_name)
);
COMMENT ON COLUMN _wh.report_targets.view_definition IS 'what PostgreSQL says of the view as the engine made it; another text means that somebody changed it';

-- The public view of a template.
CREATE TABLE _wh.public_views (
    template_name   text PRIMARY KEY REFERENCES _wh.mv_templates ON UPDATE CASCADE,
    view_definition text NOT NULL
);

CREATE TABLE _wh.runs (
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('ingest', 'run')),
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    outcome     text CHECK (outcome IN ('done', 'partial', 'failed', 'interrupted')),
    engine      text NOT NULL,
    host        text NOT NULL,
    process_id  integer NOT NULL,
    backend_pid integer NOT NULL DEFAULT pg_backend_pid(),
    planned     integer NOT NULL,
    rows        bigint,
    bytes       bigint,
    message     text
);
CREATE INDEX runs_started_at ON _wh.runs (started_at);

-- One row a day that a run dealt with.
CREATE TABLE _wh.run_events (
    run_id        bigint NOT NULL REFERENCES _wh.runs ON DELETE CASCADE,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    tenant_name   text NOT NULL,
    template_name text NOT NULL,
    schema_name   text NOT NULL,
    day           date NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('loaded', 'merged', 'unchanged', 'skipped', 'failed')),
    rows          bigint,
    seconds       double precision,
    code          text,
    sqlstate      text,
    message       text,
    hint          text
);
CREATE INDEX run_events_run_id ON _wh.run_events (run_id);

-- The ledger: which days are in the warehouse, and from where. A row is written in the transaction that publishes its day.
CREATE TABLE _wh.ledger (
    schema_name       text NOT NULL,
    template_name     text NOT NULL,
    day               date NOT NULL,
    tenant_name       text NOT NULL,
    day_table         text NOT NULL,
    rows              bigint NOT NULL,
    bytes             bigint NOT NULL,
    digest            text NOT NULL,
    template_version  text NOT NULL,
    system_identifier text,
    timeline          integer,
    replay_lsn        pg_lsn,
    replay_time       timestamptz,
    provisional       boolean NOT NULL,
    loaded_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_id            bigint NOT NULL,
    PRIMARY KEY (schema_name, template_name, day),
    FOREIGN KEY (schema_name, template_name) REFERENCES _wh.report_targets ON UPDATE CASCADE
);
CREATE INDEX ledger_tenant ON _wh.ledger (tenant_name, template_name, day);
COMMENT ON COLUMN _wh.ledger.digest IS 'of the day''s rows in any order, as 32 hexadecimal digits';
COMMENT ON COLUMN _wh.ledger.provisional IS 'the replica had not replayed past the day''s end: the next run reads it again';
COMMENT ON COLUMN _wh.ledger.loaded_at IS 'when its rows last changed';
COMMENT ON COLUMN _wh.ledger.checked_at IS 'when it was last read from the source';
