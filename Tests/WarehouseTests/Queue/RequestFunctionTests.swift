import Clusters
import TestKit
import Testing
import Warehouse

@Suite("What whadmin asks for in psql", .timeLimit(.minutes(2)))
struct RequestFunctionTests {
    private func withReport(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            for name in ["tenant_a", "tenant_b"] { try await scene.addTenant(name) }
            try await scene.report("readings")
            try await body(scene)
        }
    }

    @Test("is queued once however often it is asked for, and comes back with its id and state")
    func queuesOnce() async throws {
        try await withReport { scene in
            let day = "SELECT * FROM _wh.update_mv_by_template('readings', 'tenant_a', 'tenant_a', '2025-09-24'::date)"
            let first = try await scene.whadmin(day)
            #expect(first.hasSuffix("|queued"))
            #expect(try await scene.whadmin(day) == first)
            #expect(
                try await scene.whadmin("SELECT * FROM _wh.create_mv_from_template('readings', 'tenant_a', NULL, '2025-09-24')") == first)
            try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24'::date, true)")
            try await scene.whadmin("SELECT _wh.update_mv_window_by_template('readings', 'tenant_a', NULL, '2025-09-01', '2025-09-30')")
            let requests = try await scene.whadmin(
                "SELECT kind, tenant_name, report, schema_name, first_day, last_day, state FROM _wh.requests ORDER BY id")
            #expect(
                requests == """
                    ingest|tenant_a|readings|tenant_a|2025-09-24|2025-09-24|queued
                    ingest|tenant_a|readings|tenant_a|2025-09-23|2025-09-24|queued
                    ingest|tenant_a|readings|tenant_a|2025-09-01|2025-09-30|queued
                    """)
        }
    }

    @Test(
        "is refused before anything is queued, with what to do",
        arguments: [
            ("update_mv_by_template('nothing', 'tenant_a', NULL, '2025-09-24')", "42704", "there are readings"),
            ("update_mv_by_template(NULL, 'tenant_a', NULL, '2025-09-24')", "42704", "there are readings"),
            ("update_mv_by_template('readings', 'tenant_x', NULL, '2025-09-24')", "42704", "there are tenant_a, tenant_b"),
            ("update_mv_by_template('readings', 'tenant_a', 'tenant_b', '2025-09-24')", "42P06", "choose another"),
            ("update_mv_by_template('readings', 'tenant_a', 'pg_mine', '2025-09-24')", "42602", "63 bytes"),
            ("update_mv_by_template('readings', 'tenant_a', 'public', '2025-09-24')", "42602", "not public"),
            ("update_mv_by_template('readings', 'tenant_a', NULL, NULL)", "22004", "2025-09-24"),
            ("update_mv_by_template('readings', 'tenant_a', NULL, 'infinity')", "22004", "2025-09-24"),
            ("update_mv_by_template('readings', 'tenant_a', NULL, current_date + 2)", "22023", "once it has begun"),
            ("update_mv_window_by_template('readings', 'tenant_a', NULL, '2025-09-30', '2025-09-01')", "22023", "both days are included"),
            ("update_mv_window_by_template('readings', 'tenant_a', NULL, '1990-01-01', '2025-09-01')", "22023", "a part at a time"),
            (
                "update_mv_by_template('readings', 'tenant_a', NULL, '0025-09-24')", "22023",
                "dayhaul ingest --from 0025-09-24 --to 0025-09-24 --tenant tenant_a --report readings --yes"
            ),
            ("update_mv_window_by_template('readings', 'tenant_a', NULL, '1969-12-31', '1970-01-02')", "22023", "--yes"),
            ("refresh_mv('tenant_a', 'readings_2025_09_24')", "42P01", "name a day's table"),
            ("update_tenant_union_view_by_template('nothing', 'tenant_a', NULL)", "42704", "there are readings"),
            ("update_public_view_by_template('nothing')", "42704", "there are readings"),
            ("get_tenant_connection_string('tenant_x')", "42704", "tenant list"),
            ("cancel_request(77)", "42704", "_wh.requests"),
        ])
    func refuses(call: String, sqlstate: String, hint: String) async throws {
        try await withReport { scene in
            let error = await #expect(throws: ClusterError.self) { try await scene.whadmin("SELECT _wh.\(call)") }
            #expect(error?.sqlstate == sqlstate, "\(String(describing: error))")
            #expect(error?.message.contains(hint) == true)
            let queued = try await scene.whadmin("SELECT count(*) FROM _wh.requests")
            #expect(queued == "0")
        }
    }

    @Test("is refused for days that were dropped, with the command that brings them back; of a range the others are asked for")
    func droppedDays() async throws {
        try await withReport { scene in
            let tenant = try await scene.addTenant("Tenant C")
            try await scene.ensure(try await scene.report("readings"), for: tenant)
            try await scene.database.psql("UPDATE _wh.report_targets SET first_day = '2025-01-01', dropped = '{[2025-09-23,2025-09-25)}'")
            let error = await #expect(throws: ClusterError.self) {
                try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'Tenant C', NULL, '2025-09-24', true)")
            }
            #expect(error?.sqlstate == "55000")
            #expect(
                error?.message.contains("dayhaul day restore 'Tenant C' readings --from 2025-09-23 --to 2025-09-24") == true,
                "\(String(describing: error))")
            let ten = await #expect(throws: ClusterError.self) {
                try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'Tenant C', NULL, '2014-12-31')")
            }
            #expect(ten?.message.contains("ten years before 2025-01-01") == true)
            try await scene.whadmin("SELECT _wh.update_mv_window_by_template('readings', 'Tenant C', NULL, '2025-09-20', '2025-09-24')")
            #expect(try await scene.whadmin("SELECT first_day, last_day FROM _wh.requests") == "2025-09-20|2025-09-24")
        }
    }

    @Test("every hour is asked for of all reports, though the time zone of one is none")
    func oddTimeZone() async throws {
        try await withReport { scene in
            try await scene.report("odd")
            try await scene.database.psql("UPDATE _wh.mv_templates SET time_zone = 'Nowhere/Land' WHERE template_name = 'odd'")
            #expect(try await scene.whadmin("SELECT cardinality(_wh.request_today())") == "4")
            #expect(try await scene.warehouse.withSession { try await WarehouseStatus.read($0) }.coverage.count == 4)
        }
    }

    @Test("of a rebuild is all that can be made: a report in a schema that cannot be is named, and its days are asked for all the same")
    func rebuildsTheRest() async throws {
        try await withReport { scene in
            for name in ["tenant_a", "tenant_b"] {
                let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named(name, $0) }
                try await scene.publish(
                    DayContent("2025-09-24", ids: [1]), to: try await scene.ensure(try await scene.report("readings"), for: tenant))
            }
            try await scene.database.psql(
                """
                DROP VIEW public.readings; DROP SCHEMA tenant_a CASCADE; DROP SCHEMA tenant_b CASCADE;
                UPDATE _wh.report_targets SET types[1] = 'nothing' WHERE schema_name = 'tenant_a';
                """)
            #expect(try await scene.whadmin("SELECT * FROM _wh.rebuild_entire_warehouse()") == "2|2")
            #expect(
                try await scene.database.psql(
                    "SELECT to_regclass('tenant_b.readings') IS NOT NULL, to_regclass('tenant_a.readings') IS NULL") == "t|t")
            let failures = try await scene.warehouse.withSession { try await Rebuild.request($0) }
            #expect(failures.first?.hasPrefix("tenant_a readings: ") == true, "\(failures)")
        }
    }

    @Test("names a schema: it becomes the tenant's own while the tenant has none, and is another one's no more")
    func adoptsSchema() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', 'reports', '2025-09-24')")
            let schemas = "SELECT tenant_name, target_schema FROM _wh.tenant_connections ORDER BY 1"
            #expect(try await scene.database.psql(schemas) == "tenant_a|reports\ntenant_b|")
            let error = await #expect(throws: ClusterError.self) {
                try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_b', 'reports', '2025-09-24')")
            }
            #expect(error?.sqlstate == "42P06")
            #expect(try await scene.whadmin("SELECT cardinality(_wh.request_due())") == "2")
            let due = "SELECT tenant_name, schema_name FROM _wh.requests WHERE kind = 'due' ORDER BY 1"
            #expect(try await scene.whadmin(due) == "tenant_a|reports\ntenant_b|tenant_b")
        }
    }

    @Test("makes views at once, before the first day is there; the first day then finds them as they should be")
    func viewsBeforeDays() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_public_view_by_template('readings')")
            try await scene.whadmin("SELECT _wh.update_tenant_union_view_by_template('readings', 'tenant_a', 'reports')")
            try await scene.whadmin("SELECT _wh.update_public_view_by_template('readings')")
            #expect(try await scene.psql(as: scene.warehouse.roles.reader, "SELECT count(*) FROM public.readings") == "0")
            let before = try await scene.versions()
            try await scene.whadmin("SELECT _wh.update_tenant_union_view_by_template('readings', 'tenant_a', 'reports')")
            var tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("tenant_a", $0) }
            tenant.schema = "reports"
            let report = try await scene.report("readings")
            let target = try await scene.ensure(report, for: tenant)
            #expect(try await scene.versions() == before)
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            #expect(
                try await scene.psql(as: scene.warehouse.roles.reader, "SELECT schema_name, id FROM public.readings ORDER BY 2")
                    == "reports|1\nreports|2")
        }
    }

    @Test(
        "makes views with the columns that the engine would make them with",
        arguments: [
            #"id INTEGER, "Strange ""Name, x" numeric(10, 2), at timestamp(3) without time zone, c character varying(20)[]"#,
            "m mood, n public.mood, d date", "a int,b text , d date", "a int", "Mixed int, note varchar(3), t timestamp with time zone",
        ])
    func declaredColumns(columns: String) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("tenant_a")
            try await scene.database.psql("CREATE TYPE public.mood AS ENUM ('good', 'bad')")
            let report = try await scene.report("odd", columns: columns, indexes: "")
            try await scene.whadmin("SELECT _wh.update_tenant_union_view_by_template('odd', 'tenant_a', NULL)")
            let before = try await scene.versions()
            try await scene.warehouse.withSession { _ = try await ReportTarget.ensure(report, for: tenant, $0) }
            #expect(try await scene.versions() == before)
        }
    }

    @Test(
        "runs no text of a template as the engine",
        arguments: [
            "id int DEFAULT public.evil(), d date", "id int); SELECT public.evil(); --, d date",
            "id int GENERATED ALWAYS AS (public.evil()) STORED, d date", "id int; SELECT public.evil(), d date",
            "id int /* */ DEFAULT public.evil(), d date", "d date COLLATE \"C\"", "id int[public.evil()], d date",
        ])
    func hostileColumns(columns: String) async throws {
        try await withWarehouse { scene in
            try await scene.addTenant("tenant_a")
            try await scene.database.psql(
                """
                CREATE FUNCTION public.evil() RETURNS int LANGUAGE sql AS $$ SELECT pg_catalog.set_config('evil.ran', 'yes', false)::text::int $$;
                -- What an older version let in.
                ALTER TABLE _wh.mv_templates DISABLE TRIGGER check_template;
                INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('r', 'SELECT', :'columns');
                """, variables: ["columns": columns])
            let error = await #expect(throws: ClusterError.self) {
                try await scene.whadmin("SELECT _wh.update_tenant_union_view_by_template('r', 'tenant_a', NULL)")
            }
            let refusals = ["42601", "42704", "42P16", "42804", "22P02", "42611"]
            #expect(refusals.contains(error?.sqlstate ?? ""), "\(String(describing: error))")
            #expect(try await scene.database.psql("SELECT count(*) FROM pg_class WHERE relname = 'r_days'") == "0")
        }
    }

    @Test("shows how a tenant is reached, quoted as libpq reads it, and never the password")
    func connectionString() async throws {
        try await withReport { scene in
            try await scene.database.psql(#"UPDATE _wh.tenant_connections SET dbname = 'it''s \ here' WHERE tenant_name = 'tenant_a'"#)
            let text = try await scene.whadmin("SELECT _wh.get_tenant_connection_string('tenant_a')")
            #expect(text == #"host='127.0.0.1' port='1' dbname='it\'s \\ here' user='u' sslmode='disable'"#)
        }
    }

    @Test("waits in no place where the wait could never end")
    func endlessWaits() async throws {
        try await withReport { scene in
            let call = "CALL _wh.ingest('readings', 'tenant_a', '2025-09-24', '2025-09-24');"
            for (text, word) in [
                ("BEGIN; SELECT pg_sleep(0.01); \(call)", "within a transaction"),
                ("SET default_transaction_isolation = 'repeatable read'; \(call)", "repeatable read"),
                (
                    "BEGIN;\nSELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24');\nCALL _wh.wait_for('{1}')",
                    "within a transaction"
                ),
                // Statements that are sent as one text are one transaction.
                (#"SELECT 1\; "# + call, "within a transaction"), (call.dropLast() + #"\; SELECT 1;"#, "within a transaction"),
                ("-- first\n/* of * two */ BEGIN\\; " + call, "within a transaction"),
            ] {
                let error = await #expect(throws: ClusterError.self) { try await scene.whadmin(text) }
                #expect(error?.sqlstate == "25000", "\(String(describing: error))")
                #expect(error?.message.contains(word) == true)
            }
            let queued = try await scene.whadmin("SELECT count(*) FROM _wh.requests")
            #expect(queued == "0")
        }
    }

    @Test(
        "waits wherever the CALL is the only statement, whatever stands around it",
        arguments: [
            "/* SELECT */ -- BEGIN;\n CALL _wh.wait_for('{}');", "CALL _wh.wait_for(ARRAY[]::bigint[]); -- every night",
            "DO $$ BEGIN CALL _wh.wait_for('{}'); CALL _wh.wait_for('{}'); END $$;",
        ])
    func waits(_ text: String) async throws {
        try await withReport { scene in _ = try await scene.whadmin(text) }
    }

    @Test("raises instead of waiting for workers that there are not; the request waits for one")
    func noWorkers() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24')")
            try await scene.database.psql("UPDATE _wh.queue SET requested_at = now() - interval '3 minutes'")
            let error = await #expect(throws: ClusterError.self) { try await scene.whadmin("CALL _wh.wait_for('{1}')") }
            #expect(error?.sqlstate == "55000" && error?.message.contains("start dayhaul worker") == true)
            #expect(try await scene.whadmin("SELECT state FROM _wh.requests") == "queued")
        }
    }

    @Test("has a comment, whatever of it whadmin may call or read")
    func comments() async throws {
        try await withWarehouse { scene in
            let bare = try await scene.database.psql(
                """
                SELECT proname FROM pg_proc WHERE pronamespace = '_wh'::regnamespace AND has_function_privilege(:'admin', oid, 'EXECUTE')
                    AND obj_description(oid, 'pg_proc') IS NULL
                    AND proname NOT IN ('refuse_endless_wait', 'waiting_for', 'fitted_name')
                """, variables: ["admin": scene.warehouse.roles.admin])
            #expect(bare == "")
        }
    }
}
