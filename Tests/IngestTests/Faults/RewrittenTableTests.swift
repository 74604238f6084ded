@testable import Ingest
import TestKit
import Testing

@Suite("A table that is rewritten while its source is read", .timeLimit(.minutes(5)))
struct RewrittenTableTests {
    // A table that was rewritten looks empty to a snapshot from before (PostgreSQL manual, "Caveats" in "Concurrency Control").
    @Test(
        "before the read has come to it is not taken for an empty one: all is read again (faults 5, 24)",
        arguments: [
            "ALTER TABLE phood_foodlogsum ALTER quantity TYPE float8",
            "CREATE TABLE kept AS TABLE phood_foodlogsum; TRUNCATE phood_foodlogsum; INSERT INTO phood_foodlogsum TABLE kept",
        ])
    func facts(_ change: String) async throws {
        try await withTwinOnOwnStandby(Readings.windowQuery, standby: ["max_standby_streaming_delay": "20ms"]) { twins in
            for database in [twins.primary, twins.twin] {
                try await FoodLogSource.fill(database, firstDay: Twins.first, days: 2, rowsPerDay: 100)
                // A dimension that takes longer than the sockets hold.
                try await database.psql("INSERT INTO phood_station SELECT 100 + n, repeat('x', 100000) FROM generate_series(1, 100) n")
            }
            try await twins.scene.database.psql(file: "\(FoodLogSource.scripts)/template-foodlogstats.sql")
            try await twins.replay()
            let only = Selection(reports: ["foodlogstats"])
            let retries = Retries()
            let scene = twins.scene
            async let running = scene.ingest(Twins.first, "2025-09-21", only) { retries.note($0) }
            try await twins.holdUpCopy {
                let backend = try await twins.copyUnderWay()
                try await twins.primary.psql("\(change); CHECKPOINT")
                // Either the change is replayed, or its replay has the read cancelled or waits for it.
                try await eventually("the replay to come to the change", within: .seconds(20)) {
                    try await twins.replica.psql(
                        """
                        SELECT pg_last_wal_replay_lsn() >= '\(try await twins.primary.psql("SELECT pg_current_wal_flush_lsn()"))'
                            OR EXISTS (SELECT FROM pg_locks WHERE NOT granted) OR NOT EXISTS (
                                SELECT FROM pg_stat_activity WHERE pid = \(backend) AND state = 'active')
                        """) == "t"
                }
            }
            let result = try await running
            #expect(result.outcome == .done, "\(result.lines)")
            #expect(retries.all == ["tenant_a server 40001 1"])
            let days = "SELECT schema_name, day, rows > 0, digest FROM _wh.ledger WHERE template_name = 'foodlogstats' AND schema_name = "
            let (a, b) = (
                try await scene.database.psql("\(days) 'tenant_a' ORDER BY day"),
                try await scene.database.psql("\(days) 'tenant_b' ORDER BY day")
            )
            if change.contains("TRUNCATE") { #expect(a.replacing("tenant_a", with: "tenant_b") == b) }
            try await twins.replay()
            #expect(try await scene.verify(Twins.first, "2025-09-21", only).allSatisfy { $0.hasSuffix(" OK") })
            #expect(
                try await scene.database.psql("SELECT count(*), count(DISTINCT id) FROM tenant_a.foodlogstats WHERE id <= 200") != "0|0")
        }
    }
}
