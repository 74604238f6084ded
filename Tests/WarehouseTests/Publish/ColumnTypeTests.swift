import Clusters
import TestKit
import Testing
import Warehouse

@Suite("A column that tenants have in different types", .timeLimit(.minutes(2)))
struct ColumnTypeTests {
    private static let wider = "id bigint, at timestamptz, note text"

    /// Tenant a has a day of report r; somebody else's view reads the public view.
    private func withDay(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            let target = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a"))
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            try await scene.database.psql(
                "CREATE SCHEMA bi; CREATE VIEW bi.daily AS SELECT count(*) AS rows FROM public.r")
            try await body(scene, target)
        }
    }

    @Test(
        "holds the second tenant before anything of it is made, and names report, column, types and tenant",
        arguments: [wider, "id text, at timestamptz, note text"])
    func newTenant(_ columns: String) async throws {
        try await withDay { scene, _ in
            let other = try await scene.addTenant("b")
            let changed = try await scene.report("r", columns: columns, indexes: "")
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(changed, for: other) }
            let type = columns.contains("bigint") ? "bigint" : "text"
            #expect(error?.code == .columnsChanged)
            #expect(error?.message == "report r: column id is \(type), and integer in the days of tenant a")
            #expect(error?.hint?.contains("set column_definitions back to id integer") == true)
            #expect(try await scene.versions() == before)
            let inSQL = await #expect(throws: ClusterError.self) {
                try await scene.whadmin("SELECT _wh.update_tenant_union_view_by_template('r', 'b', NULL)")
            }
            #expect(inSQL?.sqlstate == "42804" && inSQL?.message.contains("in the days of tenant a") == true)
            #expect(try await scene.versions() == before)
            // What the hint says works.
            let back = try await scene.report("r")
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: try await scene.ensure(back, for: other))
            try await scene.warehouse.withSession { try await ReportTarget.refreshPublicView(of: "r", $0) }
            #expect(try await scene.database.psql("SELECT rows FROM bi.daily") == "2")
        }
    }

    @Test("holds a tenant that would get such a column as one more")
    func addedColumn() async throws {
        try await withDay { scene, _ in
            let other = try await scene.addTenant("b")
            let target = try await scene.ensure(try await scene.report("r"), for: other)
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            let more = "\(WarehouseScene.columns), more integer"
            let first = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            try await scene.ensure(try await scene.report("r", columns: more), for: first)
            let changed = try await scene.report("r", columns: "\(WarehouseScene.columns), more text")
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(changed, for: other) }
            #expect(error?.message == "report r: column more is text, and integer in the days of tenant a")
        }
    }

    @Test("is in nobody's way where the other tenant has no day: its parent is made anew with its next load")
    func withoutDays() async throws {
        try await withWarehouse { scene in
            let (empty, other) = (try await scene.addTenant("a"), try await scene.addTenant("b"))
            try await scene.ensure(try await scene.report("r"), for: empty)
            let changed = try await scene.report("r", columns: "id integer, at timestamptz, note character varying(20)")
            let target = try await scene.warehouse.withSession {
                try await ReportTarget.ensure(changed, for: other, $0)
            }
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            try await scene.warehouse.withSession { try await ReportTarget.refreshPublicView(of: "r", $0) }
            #expect(try await scene.database.psql("SELECT schema_name FROM public.r") == "b")
            let view = "SELECT pg_get_viewdef('public.r'::regclass) LIKE '%FROM a.r%'"
            #expect(try await scene.database.psql(view) == "f")
            try await scene.ensure(changed, for: empty)
            #expect(try await scene.database.psql(view) == "t")
        }
    }

    @Test(
        "that an older version loaded is named with tenants and types; the public view stays, and no hint says CASCADE"
    )
    func olderDays() async throws {
        try await withDay { scene, _ in
            let second = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("b"))
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: second)
            try await scene.database.psql(
                """
                UPDATE _wh.report_targets SET types[1] = 'bigint' WHERE schema_name = 'b';
                """)
            let error = await #expect(throws: (any Error).self) {
                try await scene.warehouse.withSession { try await ReportTarget.refreshPublicView(of: "r", $0) }
            }
            let said = "\(try #require(error))"
            #expect(
                said.contains("column id of report r has more than one type: integer for tenant a, bigint for tenant b")
            )
            #expect(!said.contains("CASCADE"))
            #expect(try await scene.database.psql("SELECT rows FROM bi.daily") == "2")
        }
    }

    @Test("that changed while others read the views of days that are gone: those are named, and no hint says CASCADE")
    func dependents() async throws {
        try await withDay { scene, target in
            try await scene.database.psql("DROP TABLE a.r_2025_09_24")
            let changed = try await scene.report("r", columns: Self.wider, indexes: "")
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let loaded = await #expect(throws: (any Error).self) { try await scene.ensure(changed, for: tenant) }
            let said = "\(try #require(loaded))"
            #expect(said.contains("bi.daily") && !said.contains("CASCADE"), "\(said)")
            #expect(try await scene.database.psql("SELECT rows FROM bi.daily") == "0")
            try await scene.database.psql("DROP VIEW bi.daily")
            try await scene.ensure(changed, for: tenant)
            #expect(target.daysTable == "r_days")
        }
    }
}
