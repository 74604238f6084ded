import TestKit
import Testing

@Suite("dayhaul verify", .timeLimit(.minutes(4)))
struct VerifyCommandTests {
    private static let range = ["--from", "2025-09-01", "--to", "2025-09-04"]

    @Test("ends with status 3 on a difference, says how many rows, and --repair ingests exactly those days")
    func repairs() async throws {
        try await withTenantSource(days: 4) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                #expect(try await boss.dayhaul(["ingest"] + Self.range).status == .exited(0))
                _ = try await boss.ask(
                    """
                    UPDATE tenant_a.foodlogstats_2025_09_02 SET store = 'by hand' WHERE id % 50 = 0;
                    DROP TABLE tenant_a.foodlogstats_2025_09_03;
                    """)
                let found = try await boss.dayhaul(["verify", "--json"] + Self.range)
                #expect(found.status == .exited(3))
                let days = try found.document(VerifyDocument.self).days
                #expect(days.map(\.state) == ["OK", "DIFFERS", "MISSING", "OK"])
                #expect(days[1].changed == 4 && days[1].missing == 0 && days[1].extra == 0)

                let planned = try await boss.dayhaul(["verify", "--repair", "--dry-run", "--json"] + Self.range)
                #expect(try planned.document(PlanDocument.self).days.map(\.day) == ["2025-09-02", "2025-09-03"])
                #expect(try await boss.ask("SELECT to_regclass('tenant_a.foodlogstats_2025_09_03') IS NULL") == "t")

                let repaired = try await boss.dayhaul(["verify", "--repair", "--json"] + Self.range)
                #expect(repaired.status == .exited(0), "\(repaired.errors)")
                let repair = try #require(try repaired.document(VerifyDocument.self).repair)
                #expect(repair.days.map { "\($0.day) \($0.outcome)" } == ["2025-09-02 merged", "2025-09-03 loaded"])
                let again = try await boss.dayhaul(["verify", "--repair"] + Self.range)
                #expect(again.status == .exited(0) && again.output.contains("4 of 4 days are as in the source"))
            }
        }
    }

    @Test("of a tenant whose replica turned out to be another database is refused until tenant set --accept-source")
    func acceptSource() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let range = ["--from", "2025-09-01", "--to", "2025-09-02"]
                #expect(try await boss.dayhaul(["ingest"] + range).status == .exited(0))
                _ = try await boss.ask("UPDATE _wh.sources SET system_identifier = '1234567890'")
                for command in [["ingest"] + range, ["verify"] + range, ["tenant", "test"]] {
                    let refused = try await boss.dayhaul(command)
                    #expect(refused.status == .exited(1), "\(command) \(refused.output)")
                    let said = refused.output + refused.errors
                    #expect(said.contains("1234567890") && said.contains("dayhaul tenant set tenant_a --accept-source"), "\(said)")
                }
                let accepted = try await boss.dayhaul("tenant", "set", "tenant_a", "--accept-source")
                #expect(accepted.status == .exited(0), "\(accepted.errors)")
                #expect(try await boss.dayhaul(["verify"] + range).status == .exited(0))
                #expect(try await boss.dayhaul(["ingest"] + range).status == .exited(0))
            }
        }
    }

    @Test("of provisional days whose rows are equal counts them as equal, and says why they are provisional")
    func provisional() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let range = ["--from", "2025-09-01", "--to", "2025-09-02"]
                #expect(try await boss.dayhaul(["ingest"] + range).status == .exited(0))
                _ = try await boss.ask("UPDATE _wh.ledger SET provisional = true")
                let ended = try await boss.dayhaul(["verify"] + range)
                #expect(ended.status == .exited(0))
                #expect(ended.output.contains("equal; it was read before the replica had all of it"), "\(ended.output)")
                #expect(ended.output.contains("2 of 2 days are as in the source, 2 provisional"), "\(ended.output)")
            }
        }
    }

    @Test("of a day that shrank: ingest holds it with status 3 and says how to accept it")
    func shrunk() async throws {
        try await withTenantSource(days: 2) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let range = ["--from", "2025-09-01", "--to", "2025-09-02"]
                #expect(try await boss.dayhaul(["ingest"] + range).status == .exited(0))
                try await source.primary.psql("DELETE FROM phood_foodlogsum WHERE logged_time >= '2025-09-02 00:00+00'")
                try await source.replay()
                let held = try await boss.dayhaul(["ingest"] + range)
                #expect(held.status == .exited(3))
                #expect(held.errors.contains("tenant_a foodlogstats 2025-09-02") && held.errors.contains("--accept-shrink"))
                let count = "SELECT count(*) FROM tenant_a.foodlogstats"
                #expect(try await boss.ask(count) == "400")
                #expect(try await boss.dayhaul("status").output.contains("shrank"))
                #expect(try await boss.dayhaul(["ingest", "--accept-shrink"] + range).status == .exited(0))
                #expect(try await boss.ask(count) == "200")
                #expect(try await boss.ask("SELECT rows FROM _wh.ledger WHERE day = '2025-09-02'") == "0")
                #expect(try await boss.dayhaul(["verify"] + range).status == .exited(0))
            }
        }
    }
}
