import Postgres
import TestKit
import Testing
import Warehouse

@Suite("Views of others that read a tenant's tables", .timeLimit(.minutes(2)))
struct DependentViewTests {
    /// Tenants a and b with a day each of report r, and views of other people's on them.
    ///
    /// By what it reads: one ← two ← three, one and two ← both, m (materialized) ← on_m; apart and on_public go on without tenant a.
    private func withViews(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            for name in ["a", "b"] {
                let target = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant(name))
                try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            }
            try await scene.database.psql(
                """
                CREATE SCHEMA "Other's";
                CREATE VIEW public.one AS SELECT id FROM a.r;
                CREATE VIEW "Other's".two AS SELECT id FROM public.one;
                CREATE VIEW a.three AS SELECT id FROM "Other's".two;
                CREATE VIEW "Other's".both AS SELECT o.id FROM public.one o JOIN "Other's".two t ON t.id = o.id;
                CREATE MATERIALIZED VIEW public.m AS SELECT id FROM a.r_2025_09_24 UNION SELECT id FROM "Other's".both;
                CREATE INDEX ON public.m (id);
                CREATE VIEW public.on_m AS SELECT id FROM public.m;
                CREATE VIEW public.apart AS SELECT id FROM b.r;
                CREATE VIEW public.on_public AS SELECT id FROM public.r;
                """)
            try await body(scene)
        }
    }

    private func plan(_ scene: WarehouseScene, _ tenant: String = "a") async throws -> TenantRemoval {
        try await scene.warehouse.withSession { try await TenantRemoval.plan(tenant, $0) }
    }

    private func remove(_ plan: TenantRemoval, _ scene: WarehouseScene, withDependents: Bool = true) async throws {
        try await scene.warehouse.withSession { try await plan.carryOut($0, withDependents: withDependents) }
    }

    private func views(_ scene: WarehouseScene) async throws -> String {
        try await scene.database.psql(
            """
            SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
            WHERE relname IN ('one', 'two', 'three', 'both', 'm', 'on_m', 'apart', 'on_public', 'late')
            """)
    }

    @Test("are found through other views too, each before those that it reads, and nothing is dropped because of them")
    func found() async throws {
        try await withViews { scene in
            let titles = try await plan(scene).dependents.map(\.title)
            #expect(Set(titles) == ["public.one", "Other's.two", "a.three", "Other's.both", "public.m", "public.on_m"])
            for (reader, read) in [
                ("Other's.two", "public.one"), ("a.three", "Other's.two"), ("Other's.both", "public.one"), ("Other's.both", "Other's.two"),
                ("public.m", "Other's.both"), ("public.on_m", "public.m"),
            ] {
                #expect(try #require(titles.firstIndex(of: reader)) < #require(titles.firstIndex(of: read)), "\(reader) reads \(read)")
            }
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await remove(plan(scene), scene, withDependents: false) }
            #expect(error?.code == .tenantHasData && error?.hint?.contains("--with-dependents") == true)
            for title in titles { #expect(error?.message.contains(title) == true) }
            #expect(try await scene.versions() == before)
        }
    }

    @Test("go with the tenant when that is asked for, and no other view does")
    func dropped() async throws {
        try await withViews { scene in
            try await remove(plan(scene), scene)
            #expect(try await views(scene) == "apart on_public")
            #expect(try await scene.database.psql("SELECT to_regnamespace('a') IS NULL, (SELECT count(*) FROM on_public)") == "t|1")
        }
    }

    @Test("of the public view count when it goes too, with its last tenant")
    func lastTenant() async throws {
        try await withViews { scene in
            try await remove(plan(scene), scene)
            let last = try await plan(scene, "b")
            #expect(last.dependents.map(\.title) == ["public.apart", "public.on_public"])
            try await remove(last, scene)
            #expect(try await views(scene).isEmpty)
        }
    }

    @Test("that have come since they were shown stop it, and all stay")
    func late() async throws {
        try await withViews { scene in
            let shown = try await plan(scene)
            try await scene.database.psql("CREATE VIEW public.late AS SELECT id FROM a.three")
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await remove(shown, scene) }
            #expect(error?.code == .tenantHasData && error?.message.contains("public.late") == true)
            #expect(try await scene.versions() == before)
            try await remove(plan(scene), scene)
        }
    }

    @Test("something else that depends on them stops it: never with CASCADE")
    func function() async throws {
        try await withViews { scene in
            try await scene.database.psql(
                "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM public.on_m; END")
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await remove(plan(scene), scene) }
            #expect(error?.code == .tenantHasData && error?.description.contains("CASCADE") == false)
            #expect(try await scene.versions() == before)
        }
    }

    @Test("that read each other stop it, too, instead of it going on for ever")
    func cycle() async throws {
        try await withViews { scene in
            try await scene.database.psql(
                """
                CREATE VIEW public.late AS SELECT id FROM a.three;
                CREATE OR REPLACE VIEW a.three AS SELECT id FROM public.late UNION SELECT id FROM "Other's".two;
                """)
            let error = await #expect(throws: WarehouseError.self) { try await remove(plan(scene), scene) }
            #expect(error?.code == .tenantHasData)
        }
    }
}
