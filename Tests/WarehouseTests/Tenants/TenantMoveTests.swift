import Clusters
import Postgres
@testable import Warehouse
import TestKit
import Testing

@Suite("Moving a tenant to another schema", .timeLimit(.minutes(3)))
struct TenantMoveTests {
    private static let days = ["2025-09-22", "2025-09-23", "2025-09-24"]

    /// Tenants a and b, each with three days of reports r and q, and views of somebody else's over those of a.
    private func withTenants(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            for name in ["a", "b"] {
                let tenant = try await scene.addTenant(name)
                for report in ["r", "q"] {
                    let target = try await scene.ensure(try await scene.report(report), for: tenant)
                    for day in Self.days { try await scene.publish(DayContent(day, ids: [1, 2]), to: target) }
                }
            }
            try await scene.database.psql(
                """
                CREATE SCHEMA bi; CREATE VIEW bi.of_all AS SELECT * FROM public.r;
                CREATE VIEW bi.of_a AS SELECT * FROM a.r
                """)
            try await body(scene)
        }
    }

    private func plan(_ schema: String, _ scene: WarehouseScene, tenant: String = "a") async throws -> TenantMove {
        try await scene.warehouse.withSession { try await TenantMove.plan(tenant, to: schema, $0) }
    }

    private func move(to schema: String, dropsCopies: Bool = false, _ scene: WarehouseScene) async throws {
        let move = try await plan(schema, scene)
        try await scene.warehouse.withSession { try await move.carryOut($0, dropsCopies: dropsCopies) }
    }

    private func tenant(_ scene: WarehouseScene) async throws -> Tenant {
        try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
    }

    /// Rows that readers see: of all tenants, and by schema.
    private func seen(_ scene: WarehouseScene) async throws -> String {
        try await scene.database.psql(
            """
            SELECT count(*) FROM bi.of_all; SELECT count(*) FROM bi.of_a;
            SELECT string_agg(s, ' ' ORDER BY s) FROM (
                SELECT schema_name || '=' || count(*) AS s FROM public.r GROUP BY schema_name) x
            """)
    }

    @Test("takes all of it there: days, views, grants and requests; views of others go on, and later days join them")
    func everything() async throws {
        try await withTenants { scene in
            let role = "someone_\(scene.database.database)"
            try await scene.database.psql(
                "CREATE ROLE \(role); GRANT USAGE ON SCHEMA a TO \(role); GRANT SELECT ON a.r TO \(role)")
            let limited = "limited_\(scene.database.database)"
            try await scene.warehouse.withSession { _ = try await LimitedReader.add(["a"], to: limited, $0) }
            try await scene.whadmin("SELECT _wh.update_mv_by_template('r', 'a', NULL, '2025-09-24')")
            let planned = try await plan("re ports", scene)
            #expect(planned.days == 6 && planned.copies == 0 && !planned.isDone)
            try await move(to: "re ports", scene)
            #expect(try await plan("re ports", scene).isDone)
            #expect(try await seen(scene) == "12\n6\nb=6 re ports=6")
            #expect(try await tenant(scene).schema == "re ports")
            #expect(try await scene.database.psql("SELECT to_regnamespace('a') IS NULL") == "t")
            #expect(
                try await scene.database.psql(
                    "SELECT DISTINCT schema_name FROM _wh.ledger ORDER BY 1; SELECT schema_name FROM _wh.queue")
                    == "b\nre ports\nre ports")
            for reader in [role, limited, scene.warehouse.roles.reader] {
                #expect(try await scene.psql(as: reader, #"SELECT count(*) FROM "re ports".r"#) == "6", "\(reader)")
            }
            #expect(try await scene.psql(as: limited, "SELECT DISTINCT schema_name FROM public.q") == "re ports")
            let report = try await scene.report("r")
            let before = try await scene.versions()
            let target = try await scene.ensure(report, for: try await tenant(scene))
            #expect(try await scene.versions() == before)
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1, 2], run: 2), to: target) == .unchanged)
            #expect(try await scene.publish(DayContent("2025-09-25", ids: [3]), to: target) == .loaded)
            try await move(to: "a", scene)
            #expect(try await seen(scene) == "13\n7\na=7 b=6")
            #expect(
                try await scene.database.psql(
                    "SELECT target_schema IS NULL FROM _wh.tenant_connections WHERE tenant_name = 'a'") == "t")
        }
    }

    @Test(
        "shows readers every day after each step, and loads nothing until it ends; the same command goes on"
    )
    func steps() async throws {
        try await withTenants { scene in
            let move = try await plan("reports", scene)
            let target = try await scene.ensure(try await scene.report("r"), for: try await tenant(scene))
            try await scene.warehouse.withSession { session in
                try await move.begin(session)
                #expect(try await seen(scene) == "12\n6\nb=6 reports=6")
                for _ in 1...2 {
                    #expect(
                        try await move.step("SELECT _wh.move_tables($1, $2, $3)", ["a", "reports", "2"], session) == "2"
                    )
                    #expect(try await seen(scene) == "12\n6\nb=6 reports=6")
                }
            }
            let held = await #expect(throws: WarehouseError.self) {
                let report = target.report
                try await scene.ensure(report, for: try await tenant(scene))
            }
            #expect(held?.code == .schemaChanged && held?.hint == "dayhaul tenant move a --schema reports finishes it")
            let publishing = await #expect(throws: WarehouseError.self) {
                try await scene.publish(DayContent("2025-09-25", ids: [1]), to: target)
            }
            #expect(publishing?.code == .schemaChanged)
            let asked = await #expect(throws: ClusterError.self) {
                try await scene.whadmin("SELECT _wh.update_mv_by_template('r', 'a', NULL, '2025-09-24')")
            }
            #expect(asked?.sqlstate == "55000")
            let elsewhere = await #expect(throws: WarehouseError.self) { try await self.move(to: "third", scene) }
            #expect(elsewhere?.code == .schemaChanged)
            let dropped = await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { _ = try await TenantRemoval.plan("a", $0) }
            }
            #expect(dropped?.code == .schemaChanged)
            let unfinished = try await scene.warehouse.withSession { try await DaysElsewhere.all($0) }
            #expect(
                unfinished.first?.isMoving == true
                    && unfinished.first?.command == "dayhaul tenant move a --schema reports")
            try await self.move(to: "reports", scene)
            #expect(try await scene.warehouse.withSession { try await DaysElsewhere.all($0) }.isEmpty)
            #expect(
                try await scene.database.psql("SELECT to_regnamespace('a') IS NULL; SELECT count(*) FROM reports.r")
                    == "t\n6")
            try await scene.ensure(target.report, for: try await tenant(scene))
        }
    }

    @Test(
        "leaves what others made in the old schema, and is refused where something of theirs is in the way in the new one"
    )
    func strangers() async throws {
        try await withTenants { scene in
            try await scene.database.psql(
                """
                CREATE TABLE a.notes (); CREATE SCHEMA reports; CREATE TABLE reports.r_2025_09_23 ();
                ALTER SCHEMA reports OWNER TO \(scene.warehouse.roles.engine);
                """)
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await move(to: "reports", scene) }
            #expect(error?.code == .nameTaken && error?.message.contains("reports.r_2025_09_23 exists") == true)
            #expect(try await scene.versions() == before)
            try await scene.database.psql("DROP TABLE reports.r_2025_09_23")
            try await move(to: "reports", scene)
            #expect(try await scene.database.psql("SELECT to_regclass('a.notes') IS NOT NULL") == "t")
        }
    }

    @Test(
        "to a schema that is another tenant's, or can be none, is refused",
        arguments: ["b", "public", "_wh", "pg_mine", "x\ny", ""])
    func refused(_ schema: String) async throws {
        try await withTenants { scene in
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await move(to: schema, scene) }
            #expect(error?.code == (schema == "b" ? .nameTaken : .invalidName))
            #expect(try await scene.versions() == before)
        }
    }

    @Test("waits for a reader for two seconds at a time, and what was moved before stays moved")
    func readers() async throws {
        try await withTenants { scene in
            let move = try await plan("reports", scene)
            try await scene.warehouse.withSession { reader in
                try await reader.transaction {
                    _ = try await reader.query("SELECT FROM a.r_2025_09_22")
                    try await scene.warehouse.withSession { session in
                        try await move.begin(session)
                        let error = await #expect(throws: WarehouseError.self) {
                            try await move.carryOut(session, dropsCopies: false)
                        }
                        #expect(error?.hint?.contains("run the same command again") == true)
                    }
                }
            }
            try await self.move(to: "reports", scene)
            #expect(try await seen(scene) == "12\n6\nb=6 reports=6")
        }
    }

    @Test("is how the schema is set while no day is there")
    func withoutDays() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            func change(to schema: String, dryRun: Bool = false) async throws {
                try await scene.warehouse.withSession { session in
                    var changed = try await TenantCatalogue.named("a", session)
                    try await TenantMove.changeSchema(of: changed, to: schema, dryRun: dryRun, session)
                    changed.schema = schema
                    if !dryRun { try await TenantCatalogue.update(changed, session) }
                }
            }
            try await change(to: "one")
            #expect(try await scene.database.psql("SELECT to_regnamespace('one') IS NULL") == "t")
            let report = try await scene.report("r")
            try await scene.ensure(report, for: try await self.tenant(scene))
            try await change(to: "two", dryRun: true)
            #expect(try await self.tenant(scene).schema == "one")
            try await change(to: "two")
            #expect(
                try await scene.database.psql("SELECT to_regnamespace('one') IS NULL; SELECT count(*) FROM two.r")
                    == "t\n0")
            let target = try await scene.ensure(report, for: try await self.tenant(scene))
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            let error = await #expect(throws: WarehouseError.self) { try await change(to: "three") }
            #expect(error?.code == .tenantHasData && error?.hint == "move them: dayhaul tenant move a --schema three")
            let inSQL = await #expect(throws: ClusterError.self) {
                try await scene.whadmin("UPDATE _wh.tenant_connections SET target_schema = 'three'")
            }
            #expect(
                inSQL?.sqlstate == "55000" && inSQL?.message.contains("dayhaul tenant move a --schema three") == true)
            #expect(tenant.schema == "a")
        }
    }

    @Test("works where only the control schema was restored: the ledger follows")
    func restored() async throws {
        try await withTenants { scene in
            try await scene.database.psql(
                "DROP SCHEMA bi CASCADE; DROP VIEW public.r, public.q; DROP SCHEMA a CASCADE; DROP SCHEMA b CASCADE")
            try await move(to: "reports", scene)
            #expect(
                try await scene.database.psql("SELECT count(*) FROM _wh.ledger WHERE schema_name = 'reports'") == "6")
            #expect(try await plan("reports", scene).isDone)
            try await scene.whadmin("SELECT _wh.rebuild_entire_warehouse()")
            #expect(try await scene.database.psql("SELECT count(*) FROM reports.r") == "0")
        }
    }

    @Test(
        "misses no table of the control schema that names schemas: each follows by its foreign key, or is updated"
    )
    func everyTable() async throws {
        try await withWarehouse { scene in
            let tables = try await scene.database.psql(
                """
                SELECT string_agg(c.relname, ' ' ORDER BY c.relname)
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = '_wh'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'schema_name'
                    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confupdtype = 'c'
                        AND a.attnum = ANY (k.conkey))
                """)
            // The run log keeps where a day was when it was loaded.
            #expect(
                Set(tables.split(separator: " ")).isSuperset(of: [
                    "queue", "report_targets", "run_events", "target_schemas",
                ]))
            #expect(
                Set(tables.split(separator: " ")).isSubset(of: [
                    "queue", "removed_tables", "report_targets", "run_events", "target_schemas",
                ]))
        }
    }
}
