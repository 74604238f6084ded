import Postgres
import TestKit
import Testing
import Warehouse

@Suite("A reader limited to tenants", .timeLimit(.minutes(3)))
struct LimitedReaderTests {
    private static let published = "SELECT DISTINCT schema_name FROM public.foodlogstats ORDER BY 1"
    private static let told = "SELECT DISTINCT schema_name FROM public.warehouse_freshness ORDER BY 1"

    /// A second tenant with a day, and the name of a role that is not there yet.
    private func withTwoTenants(_ body: (WarehouseScene, String) async throws -> Void) async throws {
        try await withPeople { scene in
            try await load("tenant_b", scene)
            let role = "limited_\(scene.database.database)"
            try await body(scene, role)
        }
    }

    @discardableResult
    private func load(_ tenant: String, _ scene: WarehouseScene, report: String = "foodlogstats", day: String = "2025-09-24") async throws
        -> ReportTarget
    {
        let known = try await scene.warehouse.withSession { try await TenantCatalogue.all($0) }.first { $0.name == tenant }
        let found = if let known { known } else { try await scene.addTenant(tenant) }
        let target = try await scene.ensure(try await scene.report(report), for: found)
        try await scene.publish(DayContent(day, ids: [1, 2]), to: target)
        return target
    }

    private func add(_ tenants: [String], to role: String, _ scene: WarehouseScene) async throws {
        let reader = try await scene.warehouse.withSession { try await LimitedReader.add(tenants, to: role, $0) }
        if reader.isNew { try await scene.admit(role) }
    }

    @Test("is made with one call, sees the rows of its tenants in their schemas, public views and freshness, and no others")
    func sees() async throws {
        try await withTwoTenants { scene, role in
            try await add(["tenant_a"], to: role, scene)
            #expect(try await scene.psql(loggedInAs: role, "SELECT count(*) FROM tenant_a.foodlogstats") == "4")
            #expect(try await scene.psql(loggedInAs: role, Self.published + ";" + Self.told) == "tenant_a\ntenant_a")
            #expect(
                try await scene.psql(loggedInAs: role, "SELECT count(*) FROM public.foodlogstats WHERE schema_name = 'tenant_b'") == "0")
            for statement in [
                "SELECT FROM tenant_b.foodlogstats", "SELECT FROM tenant_b.foodlogstats_days",
                "SELECT FROM tenant_b.foodlogstats_2025_09_24",
                "SELECT FROM tenant_a.foodlogstats_days", "SELECT FROM _wh.ledger", "SELECT FROM _wh.limited_readers",
                "SELECT FROM phood.notes",
                "CREATE TABLE public.mine (i int)", "CREATE TABLE tenant_a.mine (i int)", "DELETE FROM tenant_a.foodlogstats",
                "SET ROLE \"\(scene.warehouse.roles.reader)\"",
            ] {
                #expect(try await scene.sqlstate(ofLogin: role, statement) == "42501", "\(statement)")
            }
        }
    }

    @Test("leaves everybody else what they saw")
    func others() async throws {
        try await withTwoTenants { scene, role in
            try await add(["tenant_a"], to: role, scene)
            for login in scene.people {
                #expect(
                    try await scene.psql(loggedInAs: login, Self.published + ";" + Self.told) == "tenant_a\ntenant_b\ntenant_a\ntenant_b")
            }
            let engine = try await scene.warehouse.withSession { try await $0.query(Self.published).values.count }
            #expect(engine == 2)
        }
    }

    @Test("sees days, reports, columns and tenants that come later, so far as they are its own")
    func later() async throws {
        try await withTwoTenants { scene, role in
            try await add(["tenant_b"], to: role, scene)
            try await load("tenant_b", scene, day: "2025-09-28")
            try await load("tenant_c", scene)
            #expect(try await scene.psql(loggedInAs: role, "SELECT count(*) FROM public.foodlogstats;" + Self.told) == "4\ntenant_b")
            // A report that neither had, and columns that come and change places.
            for tenant in ["tenant_a", "tenant_b"] { try await load(tenant, scene, report: "waste") }
            #expect(
                try await scene.psql(loggedInAs: role, "SELECT DISTINCT schema_name FROM public.waste; SELECT count(*) FROM tenant_b.waste")
                    == "tenant_b\n2")
            let wider = try await scene.report("foodlogstats", columns: "id integer, more text, at timestamptz, note text")
            for tenant in ["tenant_a", "tenant_b"] {
                let known = try await scene.warehouse.withSession { try await TenantCatalogue.named(tenant, $0) }
                try await scene.ensure(wider, for: known)
            }
            #expect(
                try await scene.psql(loggedInAs: role, "SELECT schema_name, count(*), count(more) FROM public.foodlogstats GROUP BY 1")
                    == "tenant_b|4|0")
            // A tenant whose schema is not made yet.
            try await scene.addTenant("tenant_d")
            try await add(["tenant_d"], to: role, scene)
            try await load("tenant_d", scene)
            #expect(
                try await scene.psql(loggedInAs: role, Self.published + "; SELECT count(*) FROM tenant_d.foodlogstats")
                    == "tenant_b\ntenant_d\n2")
        }
    }

    @Test("is shown no row of others by a function that tells what it is given")
    func leaks() async throws {
        try await withTwoTenants { scene, role in
            try await scene.database.psql("UPDATE tenant_b.foodlogstats_2025_09_24 SET note = '77 secret'")
            try await add(["tenant_a"], to: role, scene)
            let peek = """
                CREATE FUNCTION pg_temp.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
                    AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = CASE WHEN $1 LIKE '%secret%' THEN 'XX111' ELSE 'XX222' END; END $$;
                """
            // Rows of its own are shown to it, of the other tenant none.
            #expect(try await scene.sqlstate(ofLogin: role, peek + "SELECT FROM public.foodlogstats WHERE pg_temp.peek(note)") == "XX222")
            for query in [
                "SELECT FROM public.foodlogstats WHERE schema_name = 'tenant_b' AND pg_temp.peek(note)",
                "SELECT FROM public.foodlogstats WHERE schema_name = 'tenant_b' AND note::integer > 0",
                "SELECT FROM public.warehouse_freshness WHERE pg_temp.peek(CASE schema_name WHEN 'tenant_b' THEN 'secret' END) AND schema_name <> 'tenant_a'",
            ] {
                #expect(try await scene.sqlstate(ofLogin: role, peek + query) == "00000", "\(query)")
            }
            // Statistics say nothing either.
            #expect(try await scene.psql(loggedInAs: role, "SELECT count(*) FROM pg_stats WHERE schemaname LIKE 'tenant%'") == "0")
        }
    }

    @Test("is not added while a view is being made that would not know of it, and with the next attempt sees its part of that view")
    func race() async throws {
        try await withTwoTenants { scene, role in
            let report = try await scene.report("waste")
            let tenants = try await scene.warehouse.withSession { try await TenantCatalogue.all($0) }
            for tenant in tenants { try await scene.warehouse.withSession { _ = try await ReportTarget.ensure(report, for: tenant, $0) } }
            try await scene.warehouse.withSession { session in
                try await session.transaction {
                    try await session.query("SELECT _wh.ensure_public_view('waste')")
                    let error = await #expect(throws: PostgresError.self) { try await add(["tenant_a"], to: role, scene) }
                    #expect(error?.sqlstate?.code == "55P03" && error?.isTransient == true)
                }
            }
            try await add(["tenant_a"], to: role, scene)
            let target = try await scene.ensure(report, for: try #require(tenants.last))
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            #expect(try await scene.psql(loggedInAs: role, "SELECT count(*) FROM public.waste") == "0")
        }
    }

    @Test("can be made where only _wh was restored, and sees its tenants once their days are loaded again")
    func restored() async throws {
        try await withTwoTenants { scene, role in
            try await scene.database.psql(
                "DROP VIEW public.foodlogstats, public.warehouse_freshness; DROP SCHEMA tenant_a, tenant_b CASCADE")
            _ = try await ControlSchema.install(in: scene.warehouse)
            try await add(["tenant_a"], to: role, scene)
            #expect(try await scene.psql(loggedInAs: role, Self.told) == "")
            let report = try await scene.report("foodlogstats")
            let tenants = try await scene.warehouse.withSession { try await TenantCatalogue.all($0) }
            for tenant in tenants { try await scene.warehouse.withSession { _ = try await ReportTarget.ensure(report, for: tenant, $0) } }
            for tenant in ["tenant_a", "tenant_b"] { try await load(tenant, scene, day: "2025-09-30") }
            #expect(try await scene.psql(loggedInAs: role, Self.published + ";" + Self.told) == "tenant_a\ntenant_a")
        }
    }

    @Test("sees less when tenants are taken from it, nothing after the last, and public views are then as they were")
    func removed() async throws {
        try await withTwoTenants { scene, role in
            let definition = "SELECT pg_get_viewdef('public.foodlogstats'::regclass)"
            let before = try await scene.database.psql(definition)
            try await add(["tenant_a", "tenant_b"], to: role, scene)
            #expect(try await scene.psql(loggedInAs: role, Self.published) == "tenant_a\ntenant_b")
            try await scene.warehouse.withSession { _ = try await LimitedReader.remove(["tenant_a"], from: role, $0) }
            #expect(try await scene.psql(loggedInAs: role, Self.published + ";" + Self.told) == "tenant_b\ntenant_b")
            #expect(try await scene.sqlstate(ofLogin: role, "SELECT FROM tenant_a.foodlogstats") == "42501")
            try await scene.warehouse.withSession { _ = try await LimitedReader.remove(["tenant_b"], from: role, $0) }
            for name in ["public.foodlogstats", "public.warehouse_freshness", "tenant_b.foodlogstats"] {
                #expect(try await scene.sqlstate(ofLogin: role, "SELECT FROM \(name)") == "42501", "\(name)")
            }
            #expect(try await scene.database.psql(definition) == before)
        }
    }

    @Test("of which the last tenant is dropped sees nothing, and not everything; nor does one that is renamed")
    func dropped() async throws {
        try await withTwoTenants { scene, role in
            try await add(["tenant_a"], to: role, scene)
            try await scene.database.psql("ALTER ROLE \(role) RENAME TO \(role)_2")
            try await scene.admit("\(role)_2")
            #expect(try await scene.psql(loggedInAs: "\(role)_2", Self.published) == "tenant_a")
            try await scene.warehouse.withSession { session in try await TenantRemoval.plan("tenant_a", session).carryOut(session) }
            #expect(try await scene.psql(loggedInAs: "\(role)_2", Self.published + ";" + Self.told) == "")
            try await load("tenant_b", scene, day: "2025-09-29")
            #expect(try await scene.psql(loggedInAs: "\(role)_2", Self.published + ";" + Self.told) == "")
        }
    }

    @Test("is not made of a role that reads everything, nor of a name that GRANT takes for everybody, nor for a tenant that is not there")
    func refused() async throws {
        try await withTwoTenants { scene, role in
            for (name, code) in [
                (scene.warehouse.roles.reader, WarehouseError.Code.notLimited), (scene.warehouse.roles.engine, .notLimited),
                (scene.database.superuser, .notLimited), ("public", .invalidName), ("none", .invalidName), ("pg_monitor", .invalidName),
                ("", .invalidName), (String(repeating: "x", count: 64), .invalidName),
            ] {
                let error = await #expect(throws: WarehouseError.self) { try await add(["tenant_a"], to: name, scene) }
                #expect(error?.code == code, "\(name)")
            }
            let unknown = await #expect(throws: WarehouseError.self) { try await add(["tenant_z"], to: role, scene) }
            #expect(unknown?.code == .unknownTenant)
            let stranger = await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { _ = try await LimitedReader.remove(["tenant_a"], from: role, $0) }
            }
            #expect(stranger?.code == .notLimited)
            let left = try await scene.database.psql(
                "SELECT count(*) FROM pg_roles WHERE rolname = :'role'; SELECT count(*) FROM _wh.limited_readers", variables: ["role": role]
            )
            #expect(left == "0\n0")
        }
    }
}
