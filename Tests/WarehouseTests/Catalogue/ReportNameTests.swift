import Clusters
import TestKit
import Testing
import Warehouse

@Suite("A report's name", .timeLimit(.minutes(2)))
struct ReportNameTests {
    private func register(_ name: String, _ scene: WarehouseScene) async throws {
        try await scene.database.psql(
            """
            SET ROLE :"admin";
            INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions)
            VALUES (:'name', 'SELECT {TARGET_DATE}', 'd date')
            """, variables: ["admin": scene.warehouse.roles.admin, "name": name])
    }

    @Test(
        "that no view could have, or that would not be shown as one line, is refused when it is registered",
        arguments: [
            "", "x\ny", "x\u{1b}[31m", "x\u{85}", "x\u{2028}", String(repeating: "n", count: 64), "warehouse_freshness",
        ])
    func unusable(_ name: String) async throws {
        try await withWarehouse { scene in
            let error = await #expect(throws: ClusterError.self) { try await register(name, scene) }
            #expect(["42602", "42P07", "23514"].contains(error?.sqlstate))
            try await register("ok", scene)
            await #expect(throws: ClusterError.self) {
                try await scene.database.psql(
                    "UPDATE _wh.mv_templates SET template_name = :'name'", variables: ["name": name])
            }
        }
    }

    @Test(
        "that a table of another report has, or would have, is refused when it is registered",
        arguments: ["sales_days", "sales_2025_09_03"])
    func tables(_ name: String) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let sales = try await scene.report("sales")
            let beforeAnyDay = await #expect(throws: ClusterError.self) { try await register(name, scene) }
            #expect(beforeAnyDay?.message.contains("\(name) is the name of a table of report sales") == true)
            try await scene.publish(DayContent("2025-09-03", ids: [1]), to: try await scene.ensure(sales, for: tenant))
            try await scene.warehouse.withSession {
                try await ReportRename.plan("sales", to: "orders", $0).carryOut($0)
            }
            // The tables keep their names.
            let renamed = await #expect(throws: ClusterError.self) { try await register(name, scene) }
            #expect(renamed?.message.contains("\(name) is the name of a table of report orders") == true)
            try await register("sales_2025_09_04", scene)
        }
    }

    @Test("leaves tables of reports that come later the names that are free", arguments: [false, true])
    func later(isLong: Bool) async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let base = isLong ? String(repeating: "s", count: 50) : "sales"
            let first = "\(base)_days"
            for (id, name) in [first, "\(base)_2025", "\(base)_2025_09_03", base].enumerated() {
                let target = try await scene.ensure(try await scene.report(name), for: tenant)
                for day in ["2025-09-02", "2025-09-03"] {
                    try await scene.publish(DayContent(day, ids: [Int32(id)]), to: target)
                }
            }
            for (id, name) in [first, "\(base)_2025", "\(base)_2025_09_03", base].enumerated() {
                #expect(
                    try await scene.database.psql(
                        "SELECT count(*), min(id), max(id) FROM public.:\"name\"", variables: ["name": name])
                        == "2|\(id)|\(id)")
            }
            if !isLong {
                #expect(
                    try await scene.database.psql(
                        "SELECT string_agg(day_table, ' ' ORDER BY day) FROM _wh.ledger WHERE template_name = 'sales'")
                        == "sales_2025_09_02 sales_2_2025_09_03")
            }
        }
    }

    @Test(
        "that an older version let in beside a table of that name is said to be another report's, with what mends it"
    )
    func olderCollision() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("a")
            let sales = try await scene.ensure(try await scene.report("sales"), for: tenant)
            try await scene.publish(DayContent("2025-09-03", ids: [1]), to: sales)
            try await scene.database.psql("ALTER TABLE _wh.mv_templates DISABLE TRIGGER check_template")
            for name in ["sales_days", "sales_2025_09_03"] {
                let report = try await scene.report(name)
                let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(report, for: tenant) }
                #expect(error?.code == .nameTaken && error?.message == "a.\(name) is a table of report sales")
                #expect(error?.hint?.contains("dayhaul report rename \(name) NEW_NAME") == true)
                let inSQL = await #expect(throws: ClusterError.self) {
                    try await scene.whadmin("SELECT _wh.update_tenant_union_view_by_template('\(name)', 'a', NULL)")
                }
                #expect(inSQL?.sqlstate == "42P07" && inSQL?.message.contains("not made by dayhaul") == false)
            }
            try await scene.database.psql("ALTER TABLE _wh.mv_templates ENABLE TRIGGER check_template")
            try await scene.warehouse.withSession {
                try await ReportRename.plan("sales_days", to: "sold", $0).carryOut($0)
            }
            try await scene.ensure(try await scene.report("sold"), for: tenant)
        }
    }
}
