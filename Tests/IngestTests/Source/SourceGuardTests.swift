import Ingest
import Postgres
import TestKit
import Testing
import Warehouse

@Suite("A tenant's source", .timeLimit(.minutes(5)))
struct SourceGuardTests {
    @Test("that is another database system is refused at once, for this tenant alone, until it is accepted (fault 11)")
    func otherSystem() async throws {
        try await withReadings { scene, source in
            try await scene.addTenant("tenant_b", source.standby)
            #expect(try await scene.ingest("2025-09-20", "2025-09-20").totals.loaded == 2)
            // The same tables, in a cluster that has another identifier.
            try await withDatabase(on: .warehouse) { other in
                try await other.psql(Readings.table + "UPDATE readings SET v = 'of another system'")
                try await scene.move("tenant_a", to: other)
                let retried = try await scene.ingest("2025-09-20", "2025-09-21") { progress in
                    if case .retrying = progress { Issue.record("tried again") }
                }
                #expect(
                    retried.lines == [
                        "tenant_a readings 2025-09-20 failed otherSource", "tenant_a readings 2025-09-21 failed otherSource",
                        "tenant_b readings 2025-09-20 unchanged 10", "tenant_b readings 2025-09-21 loaded 10",
                    ])
                let failure = try #require(retried.days.first?.error)
                #expect(failure.hint?.contains("--accept-source") == true)
                #expect(try await scene.verify("2025-09-20", "2025-09-20").first == "tenant_a readings 2025-09-20 FAILED")
                let untouched = "SELECT count(*) FROM tenant_a.readings WHERE v = 'of another system'"
                #expect(try await scene.database.psql(untouched) == "0")

                let position = try await Connection.with(try ConnectionParameters(conninfo: other.conninfo)) {
                    try await SourcePosition.read($0)
                }
                try await scene.warehouse.withSession { try await SourceRegister.accept(position, of: "tenant_a", $0) }
                #expect(
                    try await scene.ingest("2025-09-20", "2025-09-21", Selection(tenants: ["tenant_a"])).lines == [
                        "tenant_a readings 2025-09-20 merged 10", "tenant_a readings 2025-09-21 loaded 10",
                    ])
                #expect(try await scene.database.psql(untouched) == "20")
            }
        }
    }

    @Test(
        "read at a snapshot behind one that was used before gives provisional days, and takes nothing back until that is accepted (faults 9 and 77)"
    )
    func behind() async throws {
        try await withReadings { scene, source in
            #expect(try await scene.ingest("2025-09-20", "2025-09-20").totals.loaded == 1)
            let mark = "SELECT replay_lsn FROM _wh.sources"
            #expect(try await scene.database.psql(mark) != "")
            // As if another replica of the same system had been read that is further.
            try await scene.database.psql(
                "UPDATE _wh.sources SET replay_lsn = 'FFFFFFFF/0'; UPDATE _wh.ledger SET replay_lsn = 'FFFFFFFF/0'")
            let result = try await scene.ingest("2025-09-20", "2025-09-21")
            #expect(result.lines == ["tenant_a readings 2025-09-20 failed newerSnapshot", "tenant_a readings 2025-09-21 loaded 10"])
            let failure = try #require(result.days.first?.error)
            #expect(failure.message.contains("newer snapshot") && failure.hint?.contains("tenant set tenant_a --accept-source") == true)
            #expect(try await scene.database.psql("SELECT day, provisional FROM _wh.ledger ORDER BY day") == "2025-09-20|f\n2025-09-21|t")
            #expect(try await scene.database.psql(mark) == "FFFFFFFF/0")
            #expect(try await scene.plan("2025-09-21", "2025-09-21").parts.first?.days.first?.reason == .provisional)

            // What --accept-source does: the source was set back, and is taken as it is.
            try await source.primary.psql("UPDATE readings SET v = 'set back'")
            try await source.replay()
            let position = try await Connection.with(try ConnectionParameters(conninfo: source.standby.conninfo)) {
                try await SourcePosition.read($0)
            }
            try await scene.warehouse.withSession { try await SourceRegister.accept(position, of: "tenant_a", $0) }
            #expect(
                try await scene.ingest("2025-09-20", "2025-09-21").lines == [
                    "tenant_a readings 2025-09-20 merged 10", "tenant_a readings 2025-09-21 merged 10",
                ])
            #expect(try await scene.database.psql("SELECT count(*) FROM _wh.ledger WHERE provisional OR replay_lsn IS NULL") == "0")
        }
    }
}

extension Scene {
    /// Lets a tenant be read from another database, as `dayhaul tenant set` does.
    fileprivate func move(_ tenant: String, to other: TestDatabase) async throws {
        try await warehouse.withSession { session in
            var moved = try await TenantCatalogue.named(tenant, session)
            (moved.host, moved.port, moved.database, moved.user) = (other.host, other.port, other.database, other.superuser)
            try moved.seal(.value(Secret(other.password)), with: keys)
            try await TenantCatalogue.update(moved, session)
        }
    }
}
