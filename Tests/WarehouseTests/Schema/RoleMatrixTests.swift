import TestKit
import Testing
import Warehouse

/// The table of roles and what they may, done cell by cell: each statement is run in a session of each role and ends, or is refused with
/// SQLSTATE 42501.
@Suite("Rights in the warehouse", .timeLimit(.minutes(3)))
struct RoleMatrixTests {
    enum Right { case yes, no }
    typealias Row = (statement: String, whadmin: Right, phoodRW: Right, phoodRO: Right)

    private static let attributes: [Row] = [
        ("CREATE ROLE another", .no, .no, .no),
        ("ALTER ROLE CURRENT_USER CREATEDB", .no, .no, .no),
        ("CREATE SCHEMA another", .no, .no, .no),
    ]
    private static let controlSchema: [Row] = [
        ("SELECT '_wh.mv_templates'::regclass", .yes, .no, .no),
        ("CREATE TABLE _wh.mine (i int)", .no, .no, .no),
        ("CREATE FUNCTION _wh.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", .no, .no, .no),
        ("SELECT FROM _wh.ledger", .no, .no, .no),
        ("SELECT FROM _wh.runs", .yes, .no, .no),
        ("SELECT FROM _wh.run_events", .yes, .no, .no),
        ("DELETE FROM _wh.run_events", .no, .no, .no),
        ("SELECT FROM _wh.settings", .no, .no, .no),
        ("UPDATE _wh.settings SET value = value", .no, .no, .no),
        ("SELECT FROM _wh.limited_readers", .no, .no, .no),
        ("SELECT FROM _wh.requests", .yes, .no, .no),
        ("SELECT FROM _wh.queue", .no, .no, .no),
        ("UPDATE _wh.queue SET state = 'done'", .no, .no, .no),
        ("SELECT FROM _wh.workers", .no, .no, .no),
        ("SELECT FROM _wh.pairs", .no, .no, .no),
        ("SELECT FROM _wh.last_runs", .yes, .no, .no),
        ("SELECT FROM _wh.failures_last_24_hours", .yes, .no, .no),
        ("SELECT FROM _wh.refresh_times", .yes, .no, .no),
        ("SELECT FROM _wh.freshness", .yes, .no, .no),
        ("SELECT FROM _wh.connection_use", .yes, .no, .no),
        ("SELECT FROM _wh.cache_hit_ratio", .yes, .no, .no),
    ]
    private static let functions: [Row] = [
        ("SELECT _wh.create_mv_name('foodlogstats', '2025-09-24')", .yes, .no, .no),
        ("SELECT _wh.does_mv_exist('tenant_a', 'foodlogstats_2025_09_24')", .yes, .no, .no),
        ("SELECT _wh.create_mv_from_template('foodlogstats', 'tenant_a', NULL, '2025-09-24')", .yes, .no, .no),
        ("SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-24', true)", .yes, .no, .no),
        ("SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-01', '2025-09-24')", .yes, .no, .no),
        ("SELECT _wh.update_tenant_union_view_by_template('foodlogstats', 'tenant_a', NULL)", .yes, .no, .no),
        ("SELECT _wh.update_public_view_by_template('foodlogstats')", .yes, .no, .no),
        ("SELECT _wh.get_tenant_connection_string('tenant_a')", .yes, .no, .no),
        ("SELECT _wh.refresh_mv('tenant_a', 'foodlogstats_2025_09_24')", .yes, .no, .no),
        ("SELECT _wh.rebuild_entire_warehouse()", .yes, .no, .no),
        ("SELECT _wh.request_due()", .yes, .no, .no),
        ("SELECT _wh.request_today()", .yes, .no, .no),
        ("SELECT _wh.cancel_request((SELECT _wh.request_due())[1])", .yes, .no, .no),
        // Called within a block, they would wait for ever, and say so.
        (
            "DO $$ BEGIN CALL _wh.ingest('foodlogstats', 'tenant_a', '2025-09-24', '2025-09-24'); EXCEPTION WHEN invalid_transaction_state THEN NULL; END $$",
            .yes, .no, .no
        ),
        ("DO $$ BEGIN CALL _wh.run_nightly(); EXCEPTION WHEN invalid_transaction_state THEN NULL; END $$", .yes, .no, .no),
        ("DO $$ BEGIN CALL _wh.run_hourly(); EXCEPTION WHEN invalid_transaction_state THEN NULL; END $$", .yes, .no, .no),
        ("DO $$ BEGIN CALL _wh.wait_for('{1}'); EXCEPTION WHEN invalid_transaction_state THEN NULL; END $$", .yes, .no, .no),
        ("SELECT _wh.enqueue('due', 'foodlogstats', 'tenant_a', 'tenant_a', NULL, NULL, 1)", .no, .no, .no),
        ("SELECT _wh.claim_request('me', '1 minute')", .no, .no, .no),
        ("SELECT _wh.finish_request(1, NULL, 'cancelled', '{}', NULL, NULL, NULL, NULL)", .no, .no, .no),
        ("SELECT _wh.request_days('foodlogstats', 'tenant_a', NULL, '2025-09-24', '2025-09-24', 1)", .no, .no, .no),
        ("SELECT _wh.claim_schema('tenant_a', 'mine')", .no, .no, .no),
        ("SELECT _wh.check_schema('tenant_a', 'mine')", .no, .no, .no),
        ("SELECT _wh.checked_target('foodlogstats', 'tenant_a', NULL)", .no, .no, .no),
        ("SELECT _wh.declared_columns('foodlogstats')", .no, .no, .no),
        ("SELECT _wh.make_parent('tenant_a', 't', 't_days', '{d}', '{date}', 'd', 'UTC')", .no, .no, .no),
        ("SELECT _wh.ensure_view('public', 'mine', 'SELECT 1', '', NULL)", .no, .no, .no),
        ("SELECT _wh.ensure_tenant_view('tenant_a', 'foodlogstats')", .no, .no, .no),
        ("SELECT _wh.ensure_public_view('foodlogstats')", .no, .no, .no),
        ("SELECT _wh.drop_views('tenant_a', 'foodlogstats')", .no, .no, .no),
        ("SELECT _wh.take_slot('loaders', 1, '{}', false)", .no, .no, .no),
        ("SELECT _wh.open_schema('tenant_a')", .no, .no, .no),
        ("SELECT _wh.add_limited_reader(current_user::text, '{tenant_a}')", .no, .no, .no),
        ("SELECT _wh.remove_limited_reader(current_user::text, '{tenant_a}')", .no, .no, .no),
    ]
    private static let connections: [Row] = [
        (
            """
            SELECT tenant_name, host, port, dbname, username, created_at, updated_at, target_schema, sslmode, ca_file, enabled, max_streams,
                stall_seconds FROM _wh.tenant_connections
            """, .yes, .no, .no
        ),
        ("SELECT password FROM _wh.tenant_connections", .no, .no, .no),
        ("TABLE _wh.tenant_connections", .no, .no, .no),
        ("SELECT c FROM _wh.tenant_connections c", .no, .no, .no),
        ("SELECT FROM _wh.tenant_connections WHERE password LIKE 'd%'", .no, .no, .no),
        ("UPDATE _wh.tenant_connections SET host = 'another'", .yes, .no, .no),
        ("UPDATE _wh.tenant_connections SET host = 'another' RETURNING password", .no, .no, .no),
        ("UPDATE _wh.tenant_connections SET host = password", .no, .no, .no),
        (
            """
            INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password)
            VALUES ('t', 'h', 'd', 'u', 'dayhaul1:0123456789abcdef:AAAA')
            """, .yes, .no, .no
        ),
        ("DELETE FROM _wh.tenant_connections WHERE tenant_name = 'tenant_z'", .yes, .no, .no),
        ("TRUNCATE _wh.tenant_connections CASCADE", .no, .no, .no),
    ]
    private static let templates: [Row] = [
        ("TABLE _wh.mv_templates", .yes, .no, .no),
        (
            "INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('t', 'SELECT 1', 'i int')", .yes, .no,
            .no
        ),
        ("UPDATE _wh.mv_templates SET description = 'better'", .yes, .no, .no),
        ("DELETE FROM _wh.mv_templates WHERE template_name = 'none'", .yes, .no, .no),
        ("TRUNCATE _wh.mv_templates CASCADE", .no, .no, .no),
    ]
    private static let reports: [Row] = [
        ("SELECT FROM public.warehouse_freshness", .yes, .yes, .yes),
        ("SELECT FROM public.foodlogstats", .yes, .yes, .yes),
        ("SELECT FROM tenant_a.foodlogstats", .yes, .yes, .yes),
        ("SELECT FROM tenant_a.foodlogstats_days", .yes, .yes, .yes),
        ("SELECT FROM tenant_a.foodlogstats_2025_09_24", .yes, .yes, .yes),
        ("INSERT INTO tenant_a.foodlogstats_2025_09_24 (id) VALUES (3)", .no, .no, .no),
        ("INSERT INTO tenant_a.foodlogstats (id) VALUES (3)", .no, .no, .no),
        ("UPDATE tenant_a.foodlogstats_days SET note = 'mine'", .no, .no, .no),
        ("DELETE FROM tenant_a.foodlogstats_2025_09_24", .no, .no, .no),
        ("TRUNCATE tenant_a.foodlogstats_days", .no, .no, .no),
        ("DELETE FROM public.warehouse_freshness", .no, .no, .no),
        ("CREATE TABLE tenant_a.mine (i int)", .no, .no, .no),
        ("CREATE VIEW tenant_a.mine AS SELECT 1", .no, .no, .no),
        ("CREATE TABLE public.mine (i int)", .no, .no, .no),
        ("CREATE VIEW public.mine AS SELECT 1", .no, .no, .no),
        ("CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", .no, .no, .no),
    ]
    private static let ownSchema: [Row] = [
        ("SELECT FROM phood.notes", .no, .yes, .yes),
        ("CREATE TABLE phood.mine AS SELECT * FROM tenant_a.foodlogstats", .no, .yes, .no),
        ("CREATE VIEW phood.mine AS SELECT * FROM public.foodlogstats", .no, .yes, .no),
        ("CREATE FUNCTION phood.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", .no, .yes, .no),
        ("INSERT INTO phood.notes VALUES ('mine')", .no, .yes, .no),
        ("DROP TABLE phood.notes", .no, .yes, .no),
    ]
    private static let server: [Row] = [
        ("CREATE EXTENSION dblink", .no, .no, .no),
        ("COPY (SELECT 1) TO PROGRAM 'true'", .no, .no, .no),
        ("COPY (SELECT 1) TO '/tmp/mine'", .no, .no, .no),
        ("SELECT pg_read_file('/etc/passwd')", .no, .no, .no),
        // What pg_monitor may.
        ("SELECT FROM pg_ls_waldir()", .no, .no, .no),
        ("SHOW data_directory", .no, .no, .no),
    ]

    @Test("are those of the table of roles, for logins of whadmin, phood_rw and phood_ro")
    func matrix() async throws {
        let all = [
            Self.attributes, Self.controlSchema, Self.functions, Self.connections, Self.templates, Self.reports, Self.ownSchema,
            Self.server,
        ]
        try await withPeople { scene in
            for row in all.joined() {
                for (login, right) in zip(scene.people, [row.whadmin, row.phoodRW, row.phoodRO]) {
                    let found = try await scene.sqlstate(ofLogin: login, "BEGIN; \(row.statement); ROLLBACK")
                    #expect(found == (right == .yes ? "00000" : "42501"), "\(login): \(row.statement)")
                }
            }
        }
    }

    @Test("let phood_ro read what phood_rw makes later, and nobody log in as the engine")
    func later() async throws {
        try await withPeople { scene in
            let roles = scene.warehouse.roles
            try await scene.psql(loggedInAs: roles.writer, "CREATE TABLE phood.t AS SELECT 7 AS i; CREATE VIEW phood.v AS TABLE phood.t")
            #expect(try await scene.psql(loggedInAs: roles.reader, "SELECT t.i, v.i FROM phood.t CROSS JOIN phood.v") == "7|7")
            try await scene.admit(roles.engine)
            #expect(try await scene.sqlstate(ofLogin: roles.engine, "SELECT 1") != "00000")
        }
    }

    @Test("reach no function of _wh that would find a caller's objects before its own")
    func searchPaths() async throws {
        try await withPeople { scene in
            // A procedure that commits can have neither: it runs with its caller's rights and path.
            let open = try await scene.database.psql(
                """
                SELECT oid::regprocedure FROM pg_proc
                WHERE pronamespace = '_wh'::regnamespace AND (prosecdef OR prokind <> 'p')
                    AND NOT 'search_path=pg_catalog, pg_temp' = ANY (coalesce(proconfig, '{}'))
                """)
            #expect(open == "")
        }
    }

    @Test("let whadmin write no plain password, and tell it what to do instead")
    func plainPassword() async throws {
        try await withPeople { scene in
            let said = try await scene.psql(
                loggedInAs: scene.warehouse.roles.admin,
                """
                CREATE FUNCTION pg_temp.said(statement text) RETURNS text LANGUAGE plpgsql AS $$
                DECLARE hint text; detail text;
                BEGIN
                    EXECUTE statement;
                    RETURN 'nothing';
                EXCEPTION WHEN check_violation THEN
                    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
                    RETURN detail || hint;
                END $$;
                SELECT pg_temp.said('INSERT INTO _wh.tenant_connections (tenant_name, host, dbname, username, password) VALUES (''t'', ''h'', ''d'', ''u'', ''plain'')');
                -- A constraint shows no column of a row that the role may not read.
                SELECT pg_temp.said('UPDATE _wh.tenant_connections SET port = 0');
                """)
            #expect(said.contains("dayhaul tenant add") && !said.contains("nothing"))
            #expect(!said.contains("dayhaul2:"))
        }
    }
}
