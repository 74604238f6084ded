import Ingest
import TestKit
import Testing
import Warehouse

@Suite("A table of the source that is locked", .timeLimit(.minutes(5)))
struct LockedTableTests {
    @Test("is waited for, not for ever; the message names it, and who holds it; other tables are read (fault 7)")
    func locked() async throws {
        try await inTurn {
            try await withReadings { scene, source in
                var scene = scene
                scene.limits.attempts = 1
                try await source.primary.psql("CREATE TABLE others AS TABLE readings")
                try await source.replay()
                try await scene.addTenant("tenant_b", source.primary)
                let query = Readings.query.replacing("FROM readings", with: "FROM others")
                try await scene.addReport("others", query, columns: Readings.columns)
                let holding = Task {
                    try await source.primary.psql(
                        "BEGIN; LOCK TABLE readings; SELECT pg_switch_wal(); SELECT pg_sleep(300)", deadline: .seconds(320))
                }
                try await eventually("the lock on the standby", within: .seconds(60)) {
                    try await source.standby.psql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted") != "0"
                }
                let start = ContinuousClock.now
                let result = try await scene.ingest("2025-09-20", "2025-09-20")
                #expect(ContinuousClock.now - start < .seconds(90))
                #expect(
                    result.lines == [
                        "tenant_a others 2025-09-20 loaded 10", "tenant_a readings 2025-09-20 failed server 55P03",
                        "tenant_b others 2025-09-20 loaded 10", "tenant_b readings 2025-09-20 failed server 55P03",
                    ])
                let messages = result.days.compactMap { $0.error?.message }
                try #require(messages.count == 2)
                #expect(messages[0].hasPrefix("public.readings is locked by a transaction on the primary: "), "\(messages)")
                #expect(messages[1].hasPrefix("public.readings is locked by \(source.primary.superuser) (process "), "\(messages)")

                holding.cancel()
                _ = try? await holding.value
                try await source.primary.psql(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE '%pg_sleep(300)%' AND pid <> pg_backend_pid()
                    """)
                try await source.replay()
                #expect(try await scene.ingest("2025-09-20", "2025-09-20").totals.loaded == 2)
            }
        }
    }
}
