import TestKit
import Testing

@Suite("Several tenants at once", .timeLimit(.minutes(3)))
struct SeveralTenantsTests {
    @Test("are disabled and enabled by names and patterns; the days that they missed are then missing in the plan, and only theirs")
    func missedDays() async throws {
        try await withTenantSources(3, days: 3) { sources in
            try await withInitialisedOperator { boss in
                let names = ["eu_1", "eu_2", "us_1"]
                for (name, source) in zip(names, sources) { try await boss.add(name, source) }
                let first = ["--from", "2025-09-01", "--to", "2025-09-01"]
                let all = ["--from", "2025-09-01", "--to", "2025-09-03"]
                #expect(try await boss.dayhaul(["ingest"] + first).status == .exited(0))

                let previewed = try await boss.dayhaul("tenant", "disable", "eu_*", "--dry-run")
                #expect(previewed.output == "would disable tenant eu_1\nwould disable tenant eu_2\n")
                let disabled = try await boss.dayhaul("tenant", "disable", "eu_*")
                #expect(disabled.output == "tenant eu_1 is disabled\ntenant eu_2 is disabled\n", "\(disabled.errors)")
                let run = try await boss.dayhaul(["ingest", "--json"] + all)
                #expect(try Set(run.document(RunDocument.self).days.map(\.tenant)) == ["us_1"])
                for source in sources[..<2] { #expect(try await source.sessions() == "0") }
                #expect(
                    try await boss.ask("SELECT schema_name, count(*) FROM public.foodlogstats GROUP BY 1 ORDER BY 1")
                        == "eu_1|200\neu_2|200\nus_1|600")
                #expect(try await boss.ask("SELECT count(*) FROM eu_1.foodlogstats") == "200")

                #expect(try await boss.dayhaul("tenant", "enable", "eu_1", "eu_2").status == .exited(0))
                let plan = try await boss.dayhaul(["plan", "--json"] + all).document(PlanDocument.self)
                #expect(
                    plan.days.filter { $0.reason == "missing" }.map { "\($0.tenant) \($0.day)" }.sorted()
                        == ["eu_1 2025-09-02", "eu_1 2025-09-03", "eu_2 2025-09-02", "eu_2 2025-09-03"])
                // The nightly run finds them by itself, as far back as they go.
                let due = try await boss.dayhaul("plan", "--json").document(PlanDocument.self)
                #expect(
                    due.days.filter { $0.tenant == "eu_1" && $0.reason == "missing" }.map(\.day).prefix(2) == ["2025-09-02", "2025-09-03"])
                #expect(try await boss.dayhaul(["ingest"] + all).status == .exited(0))
                #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "1800")
            }
        }
    }

    @Test("--reseal takes them, a change of connection does not: status 2, and nothing is changed")
    func onlyReseal() async throws {
        try await withTenantSources(2, days: 1) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                let rows = "SELECT array_agg(xmin ORDER BY tenant_name) FROM _wh.tenant_connections"
                let before = try await boss.ask(rows)
                for arguments in [
                    ["*", "--host", "h"], ["tenant_a", "tenant_b", "--password-stdin", "--reseal"], ["tenant_?", "--accept-source"],
                    ["tenant_a", "nobody", "--reseal"], ["--reseal"], ["tenant_a"],
                ] {
                    let ended = try await boss.dayhaul(["tenant", "set"] + arguments, input: "pw\n")
                    #expect(ended.status == .exited(2), "\(arguments): \(ended.errors)")
                }
                let previewed = try await boss.dayhaul("tenant", "set", "--reseal", "*", "--dry-run")
                #expect(previewed.output.split(separator: "\n").count == 2)
                #expect(try await boss.ask(rows) == before)
                // A pattern that one tenant fits is that tenant.
                #expect(try await boss.dayhaul("tenant", "set", "*_a", "--stall-seconds", "20").status == .exited(0))
                #expect(try await boss.dayhaul("tenant", "set", "--reseal", "*").status == .exited(0))
                #expect(try await boss.dayhaul("tenant", "test").status == .exited(0))
            }
        }
    }

    @Test("one whose password does not open keeps none of the others from being sealed again: status 3, and it is named")
    func partial() async throws {
        struct Change: Decodable {
            let tenant: String
            let error: RunDocument.Problem?
        }
        try await withTenantSources(2, days: 1) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                _ = try await boss.ask("UPDATE _wh.tenant_connections SET username = 'postgres' WHERE tenant_name = 'tenant_a'")
                let sealed = "SELECT md5(password) FROM _wh.tenant_connections WHERE tenant_name = 'tenant_b'"
                let before = try await boss.ask(sealed)
                let ended = try await boss.dayhaul("tenant", "set", "--reseal", "*", "--json")
                #expect(ended.status == .exited(3))
                let changes = try ended.document([Change].self)
                #expect(changes.map(\.tenant) == ["tenant_a", "tenant_b"] && changes.map { $0.error?.code } == ["cannotUnseal", nil])
                #expect(try await boss.ask(sealed) != before)
            }
        }
    }
}
