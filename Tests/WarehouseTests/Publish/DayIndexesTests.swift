import Postgres
import TestKit
import Testing
import Warehouse

@Suite("Indexes that need an extension", .timeLimit(.minutes(3)))
struct DayIndexesTests {
    private func publish(_ rest: String, _ scene: WarehouseScene, day: String = "2025-09-27") async throws -> PublishOutcome {
        let report = try await scene.report("foodlogstats", indexes: "CREATE INDEX ON {SCHEMA}.{VIEW_NAME} \(rest)")
        let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("tenant_a", $0) }
        let target = try await scene.ensure(report, for: tenant)
        return try await scene.publish(DayContent(day, ids: [1]), to: target)
    }

    private func withTrigrams(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withPeople { scene in
            try await scene.database.psql(
                """
                CREATE EXTENSION pg_trgm SCHEMA public;
                SET ROLE :"engine";
                CREATE FUNCTION public.plain(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower($1);
                """, variables: ["engine": scene.warehouse.roles.engine])
            try await body(scene)
        }
    }

    @Test(
        "are made, with its operator classes and functions in public, where nobody else may create something there",
        arguments: [
            "USING gin (note gin_trgm_ops)", "USING gist (note public.gist_trgm_ops (siglen = 32))", "(plain(note))",
            "(public.plain(note))",
        ])
    func trusted(_ rest: String) async throws {
        try await withTrigrams { scene in
            let outcome = try await publish(rest, scene)
            #expect(outcome == .loaded)
        }
    }

    @Test("are refused where somebody may, or has, and they would run what is there; who it is and what mends it is said")
    func distrusted() async throws {
        try await withTrigrams { scene in
            try await scene.database.psql(
                "GRANT CREATE ON SCHEMA public TO :\"writer\"", variables: ["writer": scene.warehouse.roles.writer])
            let error = await #expect(throws: WarehouseError.self) { try await publish("(public.plain(note))", scene) }
            let writer = scene.warehouse.roles.writer
            #expect(error?.code == .unsafeIndex && error?.message.contains("\(writer) may create something there") == true)
            let mend = "REVOKE CREATE ON SCHEMA public FROM \(writer)"
            #expect(error?.hint?.contains(mend) == true, "\(error?.hint ?? "")")

            let missing = await #expect(throws: PostgresError.self) { try await publish("USING gin (note gin_trgm_ops)", scene) }
            #expect(
                missing?.sqlstate?.code == "42704" && missing?.hint?.contains("write public.") == true, "\(String(describing: missing))")
            // Only a superuser makes an operator class.
            #expect(try await publish("USING gin (note public.gin_trgm_ops)", scene) == .loaded)

            try await scene.psql(
                loggedInAs: writer, "CREATE FUNCTION public.theirs(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1")
            try await scene.database.psql(mend)
            let left = await #expect(throws: WarehouseError.self) { try await publish("(public.theirs(note))", scene, day: "2025-09-28") }
            #expect(left?.message.contains("belongs to \(writer)") == true, "\(String(describing: left))")
            try await scene.database.psql("DROP FUNCTION public.theirs(text)")
            #expect(try await publish("(public.plain(note))", scene, day: "2025-09-28") == .loaded)
        }
    }
}
