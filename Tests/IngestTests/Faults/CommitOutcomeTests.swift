import Glibc
import Ingest
import TestKit
import Testing

@Suite("A connection to the warehouse that is lost while a day is committed", .timeLimit(.minutes(5)))
struct CommitOutcomeTests {
    /// Runs `body` with twins of which `tenant_b` is loaded, in a warehouse that the engine reaches by a proxy.
    private func withWarehouseProxy(_ body: (Twins, FaultProxy) async throws -> Void) async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                try await withDatabase(on: .warehouse) { warehouse in
                    try await withFaultProxy(to: warehouse.port) { proxy in
                        try await withScene(in: warehouse, port: proxy.port) { scene in
                            var scene = scene
                            scene.limits.loaders = 1
                            scene.limits.attempts = 12
                            try await withTwins(from: source.primary, by: source.standby, query: Readings.windowQuery, in: scene) { twins in
                                #expect(try await twins.ingest(of: "tenant_b").outcome == .done)
                                try await body(twins, proxy)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(
        "before the answer: the ledger tells that the day is there; it is reported as loaded, and not loaded twice (fault 37)",
        arguments: [Faults.Ending.close, .reset])
    func answerLost(_ ending: Faults.Ending) async throws {
        try await withWarehouseProxy { twins, proxy in
            let warehouse = twins.scene.database
            let retries = Retries()
            try await warehouse.stopping(at: .committing) { stop in
                async let running = twins.ingest(retries, of: "tenant_a")
                _ = try await stop.reached()
                // Of this database: other tests have commits of their own on the server.
                try await eventually("its COMMIT to wait", within: .seconds(20)) {
                    try await warehouse.psql(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND query = 'COMMIT' AND wait_event = 'advisory'
                        """) == "1"
                }
                proxy.set(.toClient) { $0.isStalled = true }
                try await stop.release()
                try await eventually("the commit", within: .seconds(20)) {
                    try await warehouse.psql("SELECT count(*) FROM _wh.ledger WHERE schema_name = 'tenant_a'") == "1"
                }
                try await proxy.endConnections(ending)
                proxy.heal()
                let result = try await running
                #expect(result.outcome == .done && result.ends(of: "tenant_a") == ["loaded"] && result.totals.loaded == 5)
            }
            #expect(retries.all == ["tenant_a warehouse.commitOutcomeUnknown 1"])
            try await twins.expectEqual()
            try await twins.expectHealed()
        }
    }

    @Test("before the server has it: the day is as it was, and the run publishes it after all (fault 37)")
    func commitLost() async throws {
        try await withWarehouseProxy { twins, proxy in
            #expect(try await twins.ingest(of: "tenant_a").outcome == .done)
            try await twins.change("UPDATE readings SET v = 'new' || id")
            #expect(try await twins.ingest(of: "tenant_b").totals.merged == 5)
            let before = try await twins.visible()
            let retries = Retries()
            try await twins.scene.database.stopping(at: .recording) { stop in
                async let running = twins.ingest(retries, of: "tenant_a")
                _ = try await stop.reached()
                proxy.set(.toServer) { $0.isStalled = true }
                try await stop.release()
                // What comes next is COMMIT, which goes nowhere.
                try await eventually("the session to be idle in its transaction", within: .seconds(20)) {
                    try await twins.scene.database.psql(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'") == "1"
                }
                #expect(try await twins.visible() == before)
                try await proxy.endConnections(.reset)
                proxy.heal()
                let result = try await running
                #expect(result.outcome == .done && result.ends(of: "tenant_a") == ["merged"] && result.totals.merged == 5)
            }
            #expect(retries.all.first == "tenant_a warehouse.commitOutcomeUnknown 1")
            try await twins.expectEqual()
            try await twins.expectHealed()
        }
    }

    @Test("and that the server still works on: the run waits for its own lost session, and does not take it for another run (fault 37)")
    func stillCommitting() async throws {
        try await withWarehouseProxy { twins, proxy in
            let warehouse = twins.scene.database
            let retries = Retries()
            try await warehouse.stopping(at: .committing) { stop in
                async let running = twins.ingest(retries, of: "tenant_a")
                let backend = try await stop.reached()
                // It would look whether its client is there; a commit that waits for a disk does not.
                kill(backend, SIGSTOP)
                defer { kill(backend, SIGCONT) }
                try await proxy.endConnections(.reset)
                try await eventually("the run to find its day locked", within: .seconds(20)) { retries.all.count >= 2 }
                kill(backend, SIGCONT)
                try await stop.release()
                let result = try await running
                #expect(
                    result.outcome == .done && result.ends(of: "tenant_a") == ["loaded"] && result.totals.loaded == 5, "\(result.lines)")
            }
            #expect(retries.all.first == "tenant_a warehouse.commitOutcomeUnknown 1")
            #expect(retries.all.dropFirst().allSatisfy { $0.hasPrefix("tenant_a stillPublishing ") }, "\(retries.all)")
            try await twins.expectEqual()
            try await twins.expectHealed()
        }
    }

    @Test(
        "is the only kind: while the source is read, the warehouse has no transaction open and holds no snapshot of the engine's (fault 45)"
    )
    func noTransactionWhileReading() async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                try await withScene { scene in
                    try await withTwins(from: source.primary, by: source.standby, query: Twins.bulkQuery, in: scene) { twins in
                        async let running = twins.ingest()
                        try await twins.holdUpCopy {
                            try await eventually("the twin's days to be there", within: .seconds(30)) {
                                try await scene.database.psql("SELECT count(*) FROM _wh.ledger WHERE schema_name = 'tenant_b'") == "5"
                            }
                            let sessions = """
                                SELECT count(*) > 0, count(xact_start), count(backend_xmin), count(backend_xid), count(*) FILTER (WHERE state <> 'idle')
                                FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                                """
                            try await eventually("the last of the twin's days to be noted", within: .seconds(10)) {
                                try await scene.database.psql(sessions) == "t|0|0|0|0"
                            }
                            // And so it stays for as long as the source is read.
                            for _ in 0..<5 { #expect(try await scene.database.psql(sessions) == "t|0|0|0|0") }
                        }
                        #expect(try await running.outcome == .done)
                        try await twins.expectHealed()
                    }
                }
            }
        }
    }
}
