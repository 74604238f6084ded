import Glibc
import Ingest
import Postgres
import TestKit
import Testing

@Suite("A warehouse that dies while days are loaded", .timeLimit(.minutes(5)))
struct WarehouseDeathTests {
    /// Runs `body` with twins of which `tenant_b` is loaded, in a warehouse that may be killed.
    private func withOwnWarehouse(_ query: String = Readings.windowQuery, _ body: (Twins, FaultProxy) async throws -> Void) async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                try await SharedClusters.withCluster { cluster in
                    try await withDatabase(in: cluster) { warehouse in
                        try await withFaultProxy(to: cluster.port) { proxy in
                            try await withScene(in: warehouse, port: proxy.port) { scene in
                                var scene = scene
                                scene.limits.attempts = 20
                                try await withTwins(from: source.primary, by: source.standby, query: query, in: scene) { twins in
                                    #expect(try await twins.ingest(of: "tenant_b").outcome == .done)
                                    try await body(twins, proxy)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The tables of `tenant_a`: those of its days that are attached, and those that are not.
    private func tables(_ twins: Twins) async throws -> String {
        try await twins.scene.database.psql(
            """
            SELECT count(inhrelid), count(*) - count(inhrelid) FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid
            WHERE relkind = 'r' AND relnamespace = to_regnamespace('tenant_a')
            """)
    }

    @Test("by SIGKILL of the backend that takes in rows: nothing of them stays, the server recovers, and the run loads them (fault 36)")
    func copyIn() async throws {
        // Not to be compressed, so that a day of it does not fit into the sockets.
        let bulk = Readings.windowQuery.replacing(
            "v FROM", with: "v || (SELECT string_agg(md5(n::text || id), '') FROM generate_series(1, 30000) n) AS v FROM")
        try await withOwnWarehouse(bulk) { twins, proxy in
            proxy.set(.toServer) { $0.bytesPerSecond = 2 << 20 }
            let retries = Retries()
            async let running = twins.ingest(retries, of: "tenant_a")
            var backend: Int32?
            try await eventually("rows to be taken in", within: .seconds(30)) {
                backend = Int32(
                    try await twins.scene.database.psql(
                        "SELECT min(pid) FROM pg_stat_progress_copy WHERE command = 'COPY FROM' AND tuples_processed > 0"))
                return backend != nil
            }
            kill(try #require(backend), SIGKILL)
            try await eventually("the run to notice", within: .seconds(20)) { !retries.all.isEmpty }
            proxy.heal()
            let result = try await running
            #expect(result.outcome == .done && result.ends(of: "tenant_a") == ["loaded"] && result.totals.loaded == 5, "\(result.lines)")
            #expect(retries.all.allSatisfy { $0.hasPrefix("tenant_a warehouse.") }, "\(retries.all)")
            #expect(try await tables(twins) == "5|0")
            try await twins.expectEqual()
            try await twins.expectHealed()
        }
    }

    @Test(
        "as a whole within a publish: after its recovery the old days are there, no half ones, and another run loads the new (fault 36)",
        arguments: PublishingStep.allCases)
    func cluster(_ step: PublishingStep) async throws {
        try await withOwnWarehouse { twins, _ in
            let server = twins.scene.database.cluster
            #expect(try await twins.ingest(of: "tenant_a").outcome == .done)
            try await twins.change("UPDATE readings SET v = 'new' || id")
            #expect(try await twins.ingest(of: "tenant_b").totals.merged == 5)
            let before = try await twins.visible()
            var result: RunResult?
            // What ends the stop finds no server any more.
            try? await twins.scene.database.stopping(at: step) { stop in
                async let failing = twins.trying(2).ingest(of: "tenant_a")
                _ = try await stop.reached()
                try await server.kill9()
                result = try await failing
            }
            let running = try #require(result)
            #expect(running.outcome == .failed)
            #expect(
                running.days.allSatisfy {
                    ["warehouse.connectionLost", "warehouse.connectionFailed", "warehouse.commitOutcomeUnknown"].contains($0.error?.code)
                }, "\(running.lines)")
            try await server.start()
            #expect(try await twins.visible() == before)
            #expect(try await tables(twins) == "5|0")
            // The dead run's row says that it did not come to its end, and its spill files are the next run's.
            try await twins.scene.database.psql("DROP TRIGGER stop ON _wh.ledger")
            let again = try await twins.ingest(of: "tenant_a")
            #expect(again.outcome == .done && again.ends(of: "tenant_a") == ["merged"])
            try await twins.expectEqual()
            try await twins.expectHealed()
        }
    }

    @Test("as a whole, and is back while the run goes on: all days are loaded, each once (fault 36)")
    func back() async throws {
        try await withOwnWarehouse { twins, _ in
            let server = twins.scene.database.cluster
            let retries = Retries()
            var found: RunResult?
            try? await twins.scene.database.stopping(at: .committing) { stop in
                async let running = twins.ingest(retries, of: "tenant_a")
                _ = try await stop.reached()
                try await server.kill9()
                try await eventually("the run to find the warehouse gone", within: .seconds(20)) { !retries.all.isEmpty }
                try await server.start()
                found = try await running
            }
            let result = try #require(found)
            #expect(
                result.outcome == .done && result.ends(of: "tenant_a") == ["loaded"] && result.totals.loaded == 5, "\(result.lines)")
            #expect(retries.all.contains("tenant_a warehouse.commitOutcomeUnknown 1"), "\(retries.all)")
            try await twins.expectEqual()
            try await twins.expectHealed()
        }
    }
}
