import Postgres
import TestKit
import Testing
import Warehouse

@Suite("Removing a tenant", .timeLimit(.minutes(2)))
struct TenantRemovalTests {
    /// Two tenants with a day each of reports r and s.
    private func withTenants(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            for name in ["a", "b"] {
                let tenant = try await scene.addTenant(name)
                for report in ["r", "s"] {
                    try await scene.publish(
                        DayContent("2025-09-24", ids: [1]), to: try await scene.ensure(try await scene.report(report), for: tenant))
                }
            }
            try await body(scene)
        }
    }

    private func remove(_ name: String, _ scene: WarehouseScene) async throws {
        try await scene.warehouse.withSession { session in try await TenantRemoval.plan(name, session).carryOut(session) }
    }

    @Test("takes exactly its objects, and the public views go on without it")
    func takesItsOwn() async throws {
        try await withTenants { scene in
            let plan = try await scene.warehouse.withSession { try await TenantRemoval.plan("a", $0) }
            #expect(plan.objects == ["a.r", "a.s", "a.r_2025_09_24", "a.s_2025_09_24", "a.r_days", "a.s_days"])
            try await remove("a", scene)
            #expect(try await scene.database.psql("SELECT nspname FROM pg_namespace WHERE nspname IN ('a', 'b')") == "b")
            #expect(
                try await scene.database.psql("SELECT schema_name, id FROM public.r UNION ALL SELECT schema_name, id FROM public.s")
                    == "b|1\nb|1")
            #expect(
                try await scene.database.psql("SELECT tenant_name FROM _wh.tenant_connections; SELECT DISTINCT schema_name FROM _wh.ledger")
                    == "b\nb")
            let last = try await scene.warehouse.withSession { try await TenantRemoval.plan("b", $0) }
            #expect(last.objects.prefix(3) == ["public.r", "public.s", "b.r"])
            try await remove("b", scene)
            #expect(try await scene.database.psql("SELECT count(*) FROM pg_class WHERE relname IN ('r', 's')") == "0")
        }
    }

    @Test("leaves what others put into its schema, and the schema with it")
    func leavesOthers() async throws {
        try await withTenants { scene in
            try await scene.database.psql("CREATE TABLE a.notes AS SELECT 42 AS answer; CREATE VIEW a.r_2025_09_25 AS SELECT 1 AS i")
            try await remove("a", scene)
            #expect(
                try await scene.database.psql("SELECT relname FROM pg_class WHERE relnamespace = 'a'::regnamespace ORDER BY 1")
                    == "notes\nr_2025_09_25")
        }
    }

    @Test(
        "is stopped by a view of somebody else's that depends on it, which is named, and all stays",
        arguments: [
            "CREATE VIEW public.mine AS SELECT id FROM a.r", "CREATE MATERIALIZED VIEW public.mine AS SELECT id FROM a.r_2025_09_24",
            "CREATE VIEW a.mine AS SELECT id FROM a.r_days",
        ])
    func stoppedByDependents(_ view: String) async throws {
        try await withTenants { scene in
            try await scene.database.psql(view)
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await remove("a", scene) }
            #expect(error?.code == .tenantHasData)
            #expect(error?.message.contains(".mine") == true)
            #expect(try await scene.versions() == before)
            try await scene.database.psql(
                "DROP \(view.contains("MATERIALIZED") ? "MATERIALIZED " : "")VIEW \(view.contains("a.mine") ? "a" : "public").mine")
            try await remove("a", scene)
        }
    }

    @Test("of an unknown tenant says which there are")
    func unknown() async throws {
        try await withTenants { scene in
            let error = await #expect(throws: WarehouseError.self) { try await remove("c", scene) }
            #expect(error?.code == .unknownTenant && error?.hint == "there are a, b")
        }
    }
}
