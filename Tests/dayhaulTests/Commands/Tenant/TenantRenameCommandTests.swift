import TestKit
import Testing

@Suite("Tenants that are renamed", .timeLimit(.minutes(3)))
struct TenantRenameCommandTests {
    @Test(
        "are as complete as before: nothing is missing, every day verifies, new days come to the same schema, and they can be renamed back")
    func rename() async throws {
        try await withTenantSource(days: 3) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-02").status == .exited(0))

                let previewed = try await boss.dayhaul("tenant", "rename", "tenant_a", "eu_west", "--dry-run")
                #expect(previewed.output == "would rename tenant tenant_a to eu_west; its schema stays tenant_a\n")
                #expect(try await boss.dayhaul("tenant", "show", "eu_west").status == .exited(2))
                let renamed = try await boss.dayhaul("tenant", "rename", "tenant_a", "eu_west")
                #expect(renamed.status == .exited(0), "\(renamed.errors)")

                let range = ["--from", "2025-09-01", "--to", "2025-09-03"]
                let plan = try await boss.dayhaul(["plan", "--json"] + range).document(PlanDocument.self)
                #expect(plan.days.filter { $0.reason == "missing" }.map(\.day) == ["2025-09-03"])
                #expect(plan.days.allSatisfy { $0.tenant == "eu_west" && $0.schema == "tenant_a" })
                let ended = try await boss.dayhaul(["ingest", "--json"] + range)
                #expect(ended.status == .exited(0), "\(ended.errors)")
                #expect(try ended.document(RunDocument.self).days.map(\.outcome).sorted() == ["loaded", "unchanged", "unchanged"])
                let verified = try await boss.dayhaul(["verify"] + range)
                #expect(verified.status == .exited(0), "\(verified.errors)")
                #expect(try await boss.ask("SELECT count(*), min(schema_name) FROM public.foodlogstats") == "600|tenant_a")
                #expect(try await boss.dayhaul("status").output.contains("eu_west"))

                #expect(try await boss.dayhaul("tenant", "rename", "eu_west", "tenant_a").status == .exited(0))
                #expect(try await boss.dayhaul("tenant", "test").status == .exited(0))
                #expect(try await boss.dayhaul(["verify"] + range).status == .exited(0))
                let nobody =
                    "SELECT count(*) FROM _wh.ledger l FULL JOIN _wh.run_events e USING (tenant_name) WHERE tenant_name <> 'tenant_a'"
                #expect(try await boss.ask(nobody) == "0")
            }
        }
    }

    @Test("to a name that is taken or cannot be one, or are nobody: status 2, and all stays")
    func refused() async throws {
        try await withTenantSources(2, days: 1) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                for (names, said) in [
                    (["tenant_a", "tenant_b"], "tenant_b already"), (["tenant_a", "two\nlines"], "name"),
                    (["tenant_c", "tenant_d"], "there are"),
                ] {
                    let ended = try await boss.dayhaul(["tenant", "rename"] + names)
                    #expect(ended.status == .exited(2) && ended.errors.contains(said), "\(ended.errors)")
                }
                #expect(try await boss.dayhaul("tenant", "test").status == .exited(0))
            }
        }
    }
}
