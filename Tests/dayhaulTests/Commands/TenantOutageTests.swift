import TestKit
import Testing

@Suite("An ingest of three tenants, one of which dies", .timeLimit(.minutes(4)))
struct TenantOutageTests {
    @Test("the others finish, the exit status is 3, the dead one's days stay, and the same command later does only what is missing")
    func killedStandby() async throws {
        try await withTenantSources(2) { sources in
            try await withOwnTenantSource(days: 10, rowsPerDay: 2000) { victim in
                try await withFaultProxy(to: victim.replica.port) { proxy in
                    try await withInitialisedOperator { boss in
                        try await boss.add("tenant_a", sources[0])
                        try await boss.add("tenant_b", sources[1])
                        let added = try await boss.add("tenant_c", victim, port: proxy.port)
                        #expect(added.status == .exited(0), "\(added.errors)")
                        try await play(victim, proxy, boss)
                    }
                }
            }
        }
    }

    private static let sums =
        "SELECT day, count(*), sum(quantity) FROM (SELECT *, (logged_time AT TIME ZONE 'UTC')::date AS day FROM tenant_c.foodlogstats) r GROUP BY day ORDER BY day"

    private func play(_ victim: TenantSource, _ proxy: FaultProxy, _ boss: Operator) async throws {
        let first = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-03", "--tenant", "tenant_c")
        #expect(first.status == .exited(0), "\(first.errors)")
        let old = try await boss.ask(Self.sums)
        try await victim.primary.psql("UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id % 7 = 0")
        try await victim.replay()

        let before = proxy.bytes(.toClient)
        proxy.adjust(.toClient) { $0.bytesPerSecond = 300_000 }
        let hit = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-10", "--json") { running in
            try await running.wait(for: "the ingest to be reading the victim") { proxy.bytes(.toClient) > before + 200_000 }
            try await victim.replica.kill9()
        }
        proxy.heal()
        #expect(hit.status == .exited(3), "\(hit.errors)")
        let document = try hit.document(RunDocument.self)
        #expect(document.outcome == "partial")
        #expect(document.outcomes("tenant_a") == ["loaded"] && document.outcomes("tenant_b") == ["loaded"])
        #expect(document.outcomes("tenant_c") == ["failed"])
        #expect(document.days.count == 30)
        let problem = try #require(document.days.first { $0.tenant == "tenant_c" }?.error)
        #expect(!problem.code.isEmpty && !problem.message.isEmpty)
        #expect(try await boss.ask(Self.sums) == old)

        try await victim.replica.start()
        proxy.retarget(to: victim.replica.port)
        try await victim.replay()
        let repeated = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-10", "--json")
        #expect(repeated.status == .exited(0), "\(repeated.errors)")
        let healed = try repeated.document(RunDocument.self)
        #expect(healed.outcomes("tenant_a") == ["unchanged"] && healed.outcomes("tenant_b") == ["unchanged"])
        #expect(
            healed.days.filter { $0.tenant == "tenant_c" }.map(\.outcome) == Array(repeating: "merged", count: 3)
                + Array(repeating: "loaded", count: 7))
        #expect(try await boss.dayhaul("verify", "--from", "2025-09-01", "--to", "2025-09-10").status == .exited(0))
    }
}
