import Clusters
import Postgres
import TestKit
import Testing
import Warehouse

@Suite("A tenant with days in two schemas", .timeLimit(.minutes(3)))
struct DaysElsewhereTests {
    /// Tenant a has report r: days 22 to 24 in its schema, and days 24 to 26 in schema reports, as an older version let
    /// it; day 24 has other rows there.
    private func withCopies(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let target = try await scene.ensure(try await scene.report("r"), for: tenant)
            for day in ["2025-09-22", "2025-09-23", "2025-09-24"] {
                try await scene.publish(DayContent(day, ids: [1, 2]), to: target)
            }
            try await scene.database.psql(
                """
                ALTER TABLE _wh.tenant_connections DISABLE TRIGGER check_tenant_names;
                UPDATE _wh.tenant_connections SET target_schema = 'reports'
                """)
            var other = tenant
            other.schema = "reports"
            let copy = try await scene.ensure(try await scene.report("r"), for: other)
            for day in ["2025-09-24", "2025-09-25", "2025-09-26"] {
                try await scene.publish(DayContent(day, ids: [1, 2, 3]), to: copy)
            }
            try await scene.database.psql(
                """
                UPDATE _wh.tenant_connections SET target_schema = NULL;
                ALTER TABLE _wh.tenant_connections ENABLE TRIGGER check_tenant_names;
                CREATE SCHEMA bi; CREATE VIEW bi.all_of_it AS SELECT * FROM public.r
                """)
            try await body(scene)
        }
    }

    private func move(to schema: String, dropsCopies: Bool, _ scene: WarehouseScene) async throws -> TenantMove {
        try await scene.warehouse.withSession { session in
            let move = try await TenantMove.plan("a", to: schema, session)
            try await move.carryOut(session, dropsCopies: dropsCopies)
            return move
        }
    }

    private func days(_ scene: WarehouseScene) async throws -> String {
        try await scene.database.psql(
            """
            SELECT string_agg(d, ' ' ORDER BY d) FROM (
                SELECT schema_name || '.' || extract(day FROM at AT TIME ZONE 'UTC') || '=' || count(*) AS d
                FROM public.r
                GROUP BY schema_name, extract(day FROM at AT TIME ZONE 'UTC')) x
            """)
    }

    @Test("is found, with how many days are counted twice, and with the command that mends it")
    func found() async throws {
        try await withCopies { scene in
            let found = try await scene.warehouse.withSession { try await DaysElsewhere.all($0) }
            #expect(
                found.count == 1 && found.first?.days == 3 && found.first?.copies == 1
                    && found.first?.schema == "reports")
            #expect(found.first?.command == "dayhaul tenant move a --schema a --drop-copy")
            #expect(try await scene.warehouse.withSession { try await WarehouseStatus.read($0) }.elsewhere == found)
        }
    }

    @Test(
        "is mended in either: the days of the other one are moved, and those that both have stay as they are there",
        arguments: [
            ("a", "a.22=2 a.23=2 a.24=2 a.25=3 a.26=3"),
            ("reports", "reports.22=2 reports.23=2 reports.24=3 reports.25=3 reports.26=3"),
        ])
    func mended(schema: String, expected: String) async throws {
        try await withCopies { scene in
            try await scene.database.psql(
                """
                UPDATE _wh.report_targets SET dropped = CASE schema_name WHEN 'a' THEN '{[2025-09-21,2025-09-22)}'::datemultirange
                    ELSE '{[2025-09-19,2025-09-20), [2025-09-23,2025-09-24)}' END
                """)
            let kept = await #expect(throws: WarehouseError.self) {
                _ = try await move(to: schema, dropsCopies: false, scene)
            }
            #expect(kept?.code == .tenantHasData && kept?.hint?.contains("--schema \(schema) --drop-copy") == true)
            let done = try await move(to: schema, dropsCopies: true, scene)
            #expect(done.copies == 1 && done.days == 2 && done.parts.map(\.differingCopies).max() == 1)
            #expect(try await days(scene) == expected)
            #expect(
                try await scene.database.psql("SELECT count(*) FROM bi.all_of_it; SELECT count(*) FROM _wh.ledger")
                    == (schema == "a" ? "12\n5" : "13\n5"))
            #expect(try await scene.warehouse.withSession { try await DaysElsewhere.all($0) }.isEmpty)
            #expect(
                try await scene.database.psql("SELECT count(*) FROM pg_namespace WHERE nspname IN ('a', 'reports')")
                    == "1")
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            #expect(tenant.schema == schema)
            // Dropped in one of them, and in the other not there either.
            #expect(
                try await scene.database.psql("SELECT dropped FROM _wh.report_targets")
                    == "{[2025-09-19,2025-09-20),[2025-09-21,2025-09-22)}")
            let target = try await scene.ensure(try await scene.report("r"), for: tenant)
            #expect(
                try await scene.publish(DayContent("2025-09-25", ids: [1, 2, 3], run: 2), to: target) == .unchanged)
        }
    }

    @Test("is mended in a third one, too")
    func third() async throws {
        try await withCopies { scene in
            try await scene.warehouse.withSession { session in
                try await TenantMove.plan("a", to: "third", session).carryOut(session, dropsCopies: true)
            }
            // What was moved first has its copy beside it now: the same command, planned again, deals with it.
            let found = try await scene.warehouse.withSession { try await DaysElsewhere.all($0) }
            #expect(found.isEmpty)
            #expect(try await days(scene) == "third.22=2 third.23=2 third.24=2 third.25=3 third.26=3")
        }
    }

    @Test("is left as it is where a view of somebody else's reads the copy that would go")
    func dependents() async throws {
        try await withCopies { scene in
            try await scene.database.psql("CREATE VIEW bi.of_the_copy AS SELECT * FROM reports.r")
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await move(to: "a", dropsCopies: true, scene) }
            #expect(error?.code == .tenantHasData && error?.message.contains("bi.of_the_copy") == true)
            #expect(try await scene.versions() == before)
            try await scene.database.psql("DROP VIEW bi.of_the_copy")
            _ = try await move(to: "a", dropsCopies: true, scene)
        }
    }

    @Test("with another column in one of them is not mended before the days that only it has are read again")
    func otherColumns() async throws {
        try await withCopies { scene in
            try await scene.database.psql(
                """
                DROP VIEW bi.all_of_it; ALTER TABLE reports.r_days ADD COLUMN more text;
                UPDATE _wh.report_targets SET columns = columns || 'more'::text, types = types || 'text'::text
                WHERE schema_name = 'reports';
                SELECT _wh.ensure_tenant_view('reports', 'r')
                """)
            let error = await #expect(throws: WarehouseError.self) { try await move(to: "a", dropsCopies: true, scene) }
            #expect(error?.message.contains("another column more") == true)
            #expect(
                error?.hint?.contains("dayhaul ingest --from 2025-09-25 --to 2025-09-26 --tenant a --report r") == true)
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let target = try await scene.ensure(try await scene.report("r"), for: tenant)
            for day in ["2025-09-25", "2025-09-26"] {
                try await scene.publish(DayContent(day, ids: [1, 2]), to: target)
            }
            _ = try await move(to: "a", dropsCopies: true, scene)
            #expect(try await days(scene) == "a.22=2 a.23=2 a.24=2 a.25=2 a.26=2")
        }
    }

    @Test(
        "cannot come about: a call that names another schema, an UPDATE and a load are refused, each with what to do"
    )
    func prevented() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("tenant a")
            let report = try await scene.report("r")
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: try await scene.ensure(report, for: tenant))
            for call in [
                "SELECT _wh.update_mv_by_template('r', 'tenant a', 'reports', '2025-09-24')",
                "SELECT _wh.create_mv_from_template('r', 'tenant a', 'reports', '2025-09-24')",
                "SELECT _wh.update_mv_window_by_template('r', 'tenant a', 'reports', '2025-09-24', '2025-09-25')",
                "SELECT _wh.update_tenant_union_view_by_template('r', 'tenant a', 'reports')",
                "UPDATE _wh.tenant_connections SET target_schema = 'reports'",
                "UPDATE _wh.tenant_connections SET tenant_name = 'reports'",
            ] {
                let error = await #expect(throws: ClusterError.self) { try await scene.whadmin(call) }
                #expect(error?.sqlstate == "55000", "\(call): \(String(describing: error))")
                #expect(error?.message.contains("dayhaul tenant move 'tenant a' --schema reports") == true)
            }
            try await scene.whadmin("SELECT _wh.update_mv_by_template('r', 'tenant a', 'tenant a', '2025-09-24')")
            var other = tenant
            other.schema = "reports"
            let elsewhere = other
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(report, for: elsewhere) }
            #expect(error?.code == .schemaChanged)
            #expect(try await scene.database.psql("SELECT count(*) FROM _wh.target_schemas") == "1")
        }
    }

    @Test("cannot come about before the first day either: the first call decides, and what is queued for it counts")
    func firstCall() async throws {
        try await withWarehouse { scene in
            for name in ["a", "b", "c"] { try await scene.addTenant(name, schema: name == "c" ? "own" : nil) }
            try await scene.report("r")
            func ask(_ tenant: String, _ schema: String) async throws {
                try await scene.whadmin("SELECT _wh.update_mv_by_template('r', '\(tenant)', \(schema), '2025-09-24')")
            }
            try await ask("a", "'reports_a'")
            try await ask("a", "NULL")
            try await ask("b", "NULL")
            for (tenant, schema) in [("a", "a"), ("b", "reports_b"), ("c", "c")] {
                let error = await #expect(throws: ClusterError.self) { try await ask(tenant, "'\(schema)'") }
                #expect(
                    error?.sqlstate == "55000"
                        && error?.message.contains("dayhaul tenant set \(tenant) --schema \(schema)") == true)
            }
            #expect(
                try await scene.database.psql("SELECT tenant_name, schema_name FROM _wh.queue ORDER BY 1")
                    == "a|reports_a\nb|b")
        }
    }
}
