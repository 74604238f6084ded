import Postgres
import TestKit
import Testing
import Warehouse

/// What somebody would try who wants to be more than whadmin, phood_rw or phood_ro. Names in angle brackets are the scene's roles.
@Suite("Whoever logs in as whadmin, phood_rw or phood_ro", .timeLimit(.minutes(3)))
struct EscalationTests {
    private static let becoming = [
        "SET ROLE <dayhaul>", "SET SESSION AUTHORIZATION <dayhaul>", "SET SESSION AUTHORIZATION postgres",
        "GRANT <dayhaul> TO CURRENT_USER",
        "ALTER ROLE CURRENT_USER SUPERUSER", "ALTER ROLE CURRENT_USER CREATEROLE", "ALTER ROLE <dayhaul> LOGIN PASSWORD 'mine'",
        "ALTER ROLE <dayhaul> SET search_path = phood", "ALTER SYSTEM SET log_statement = 'all'", "CREATE DATABASE another",
        "SET session_replication_role = replica", "REASSIGN OWNED BY <dayhaul> TO CURRENT_USER", "DROP OWNED BY <dayhaul>",
        "ALTER DEFAULT PRIVILEGES FOR ROLE <dayhaul> GRANT ALL ON TABLES TO PUBLIC",
    ]
    private static let leaving = [
        "COPY (SELECT 1) TO PROGRAM 'true'", "COPY (SELECT 1) TO '/tmp/mine'", "CREATE TEMP TABLE f (l text); COPY f FROM '/etc/passwd'",
        "CREATE TEMP TABLE f (l text); COPY f FROM PROGRAM 'id'", "SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('.')",
        "SELECT pg_stat_file('postgresql.conf')", "SELECT lo_import('/etc/passwd')", "CREATE EXTENSION dblink", "CREATE EXTENSION file_fdw",
        "CREATE EXTENSION adminpack",
        "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE c AS 'libc', 'system'", "SELECT pg_reload_conf()", "SELECT pg_switch_wal()",
        "SELECT pg_create_physical_replication_slot('mine')",
    ]
    private static let changing = [
        "ALTER SCHEMA _wh RENAME TO mine", "DROP SCHEMA _wh CASCADE", "DROP SCHEMA tenant_a CASCADE",
        "ALTER SCHEMA tenant_a OWNER TO CURRENT_USER",
        "DROP VIEW public.foodlogstats", "ALTER VIEW public.foodlogstats OWNER TO CURRENT_USER",
        "CREATE OR REPLACE VIEW public.foodlogstats AS SELECT 1 AS i", "ALTER VIEW tenant_a.foodlogstats RESET (security_barrier)",
        "DROP VIEW tenant_a.foodlogstats CASCADE", "DROP TABLE tenant_a.foodlogstats_2025_09_24", "DROP VIEW public.warehouse_freshness",
        "ALTER TABLE tenant_a.foodlogstats_2025_09_24 ADD COLUMN mine int", "ALTER TABLE tenant_a.foodlogstats_days DISABLE TRIGGER ALL",
        "ALTER TABLE tenant_a.foodlogstats_days DETACH PARTITION tenant_a.foodlogstats_2025_09_24",
        "CREATE TABLE phood.mine PARTITION OF tenant_a.foodlogstats_days DEFAULT",
        "CREATE INDEX ON tenant_a.foodlogstats_2025_09_24 (note)",
        "CREATE RULE mine AS ON INSERT TO tenant_a.foodlogstats DO INSTEAD NOTHING", "COMMENT ON VIEW public.foodlogstats IS 'mine'",
        "CREATE TRIGGER mine BEFORE INSERT ON tenant_a.foodlogstats_2025_09_24 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE POLICY mine ON tenant_a.foodlogstats_2025_09_24", "BEGIN; LOCK TABLE tenant_a.foodlogstats_days IN ACCESS EXCLUSIVE MODE",
        "ALTER TABLE _wh.mv_templates OWNER TO CURRENT_USER", "ALTER FUNCTION _wh.view_text(text, text) RESET ALL",
        "DROP FUNCTION _wh.ensure_public_view(text)", "CREATE STATISTICS pg_temp.mine ON id, at FROM tenant_a.foodlogstats_2025_09_24",
        "CREATE OR REPLACE FUNCTION _wh.does_mv_exist(target_schema text, view_name text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE TRIGGER mine BEFORE UPDATE ON _wh.mv_templates FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TRIGGER mine BEFORE UPDATE ON _wh.tenant_connections FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ]

    @Test("can neither become another nor leave the database nor change what is the engine's")
    func refused() async throws {
        try await withPeople { scene in
            let before = try await GrantList(of: scene)
            for statement in [Self.becoming, Self.leaving, Self.changing].joined() {
                for login in scene.people {
                    let found = try await scene.sqlstate(ofLogin: login, scene.named(statement))
                    #expect(found == "42501", "\(login): \(statement)")
                }
            }
            let difference = try await GrantList(of: scene).difference(from: before)
            #expect(difference == "")
        }
    }

    @Test("can hand on nothing of what it was granted")
    func grants() async throws {
        try await withPeople { scene in
            let before = try await GrantList(of: scene)
            for login in scene.people {
                // Without a grant option this is no error, only a warning.
                for statement in ["GRANT USAGE ON SCHEMA tenant_a TO PUBLIC", "GRANT SELECT ON public.foodlogstats TO PUBLIC"] {
                    _ = try await scene.sqlstate(ofLogin: login, statement)
                }
            }
            let difference = try await GrantList(of: scene).difference(from: before)
            #expect(difference == "")
        }
    }

    @Test("can neither cancel nor end a session of the engine, nor see what it does")
    func sessions() async throws {
        try await withPeople { scene in
            try await scene.warehouse.withSession { session in
                let pid = try await session.query("SELECT pg_backend_pid()").scalar ?? ""
                for login in scene.people {
                    for function in ["pg_cancel_backend", "pg_terminate_backend"] {
                        #expect(try await scene.sqlstate(ofLogin: login, "SELECT \(function)(\(pid))") == "42501", "\(login)")
                    }
                    let seen = try await scene.psql(loggedInAs: login, "SELECT query FROM pg_stat_activity WHERE pid = \(pid)")
                    #expect(seen == "<insufficient privilege>")
                }
                #expect(try await session.query("SELECT 1").scalar == "1")
            }
        }
    }

    @Test("gets no further with dblink where somebody has installed it")
    func dblink() async throws {
        try await withPeople { scene in
            try await scene.database.psql("CREATE EXTENSION dblink")
            for login in scene.people {
                for target in ["", "host=127.0.0.1 port=\(scene.database.port) user=postgres ", "user=<dayhaul> "] {
                    let conninfo = scene.named(target).replacing("\"", with: "") + "dbname=\(scene.database.database)"
                    let found = try await scene.sqlstate(ofLogin: login, "SELECT * FROM dblink('\(conninfo)', 'SELECT 1') AS t (i int)")
                    // A password is required, and none is known.
                    #expect(["2F003", "08001"].contains(found), "\(login): \(target)")
                }
                let unchecked = try await scene.sqlstate(ofLogin: login, "SELECT dblink_connect_u('dbname=postgres')")
                #expect(unchecked == "42501")
            }
        }
    }

    @Test("is answered the same with functions, operators and tables of its own in front of PostgreSQL's")
    func shadows() async throws {
        let questions = """
            SELECT * FROM public.warehouse_freshness ORDER BY day;
            SELECT * FROM public.foodlogstats ORDER BY at, id;
            SELECT * FROM tenant_a.foodlogstats ORDER BY at, id;
            """
        let administration = """
            SELECT report, days, last_day FROM _wh.freshness;
            SELECT _wh.create_mv_name('r', '2025-09-24'), _wh.does_mv_exist('tenant_a', 'foodlogstats');
            """
        func shadow(in schema: String) -> String {
            """
            CREATE TABLE \(schema).ledger (i int); CREATE TABLE \(schema).pg_class (i int); CREATE TABLE \(schema).foodlogstats_days (i int);
            CREATE FUNCTION \(schema).count() RETURNS bigint LANGUAGE sql AS 'SELECT -1::bigint';
            CREATE FUNCTION \(schema).to_char(date, text) RETURNS text LANGUAGE sql AS 'SELECT ''mine''::text';
            CREATE FUNCTION \(schema).octet_length(text) RETURNS int LANGUAGE sql AS 'SELECT 1000';
            CREATE FUNCTION \(schema).has_table_privilege(oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
            CREATE FUNCTION \(schema).never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
            CREATE OPERATOR \(schema).= (LEFTARG = text, RIGHTARG = text, FUNCTION = \(schema).never);
            SET search_path = \(schema), pg_catalog;
            """
        }
        try await withPeople { scene in
            for login in scene.people {
                let all = questions + (login == scene.warehouse.roles.admin ? administration : "")
                let plain = try await scene.psql(loggedInAs: login, all)
                #expect(plain.contains("2025-09-25"))
                #expect(try await scene.psql(loggedInAs: login, shadow(in: "pg_temp") + all) == plain)
            }
            let writer = scene.warehouse.roles.writer
            let plain = try await scene.psql(loggedInAs: writer, questions)
            #expect(try await scene.psql(loggedInAs: writer, shadow(in: "phood") + questions) == plain)
        }
    }

    @Test("gets no row of its own into a public view")
    func lookAlikes() async throws {
        try await withPeople { scene in
            try await scene.psql(
                loggedInAs: scene.warehouse.roles.writer,
                """
                CREATE VIEW phood.foodlogstats AS SELECT 666 AS id, now() AS at, 'mine' AS note;
                CREATE TABLE phood.foodlogstats_days (id int, at timestamptz, note text);
                CREATE TABLE phood.foodlogstats_2025_09_26 (id int, at timestamptz, note text);
                INSERT INTO phood.foodlogstats_2025_09_26 SELECT * FROM phood.foodlogstats;
                """)
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("tenant_a", $0) }
            try await scene.publish(
                DayContent("2025-09-26", ids: [3]), to: try await scene.ensure(scene.report("foodlogstats"), for: tenant))
            #expect(try await scene.database.psql("SELECT DISTINCT schema_name FROM public.foodlogstats") == "tenant_a")
            #expect(try await scene.database.psql("SELECT count(*) FROM public.foodlogstats WHERE id = 666") == "0")
        }
    }
}
