import Ingest
import TestKit
import Testing

@Suite("A replica that is behind", .timeLimit(.minutes(5)))
struct ReplayTests {
    @Test("gives provisional days, which the next run reads again and makes final")
    func provisional() async throws {
        try await inTurn {
            try await SharedClusters.withCluster { primary in
                try await withDatabase(in: primary) { source in
                    try await source.psql(Readings.table)
                    try await SharedClusters.withStandby(of: primary) { standby in
                        // Started anew from a restart point behind all commits, it has replayed none and cannot tell up to when it is.
                        try await primary.psql("CHECKPOINT")
                        try await standby.waitForReplay(of: primary)
                        try await standby.psql("CHECKPOINT")
                        try await standby.stop()
                        try await standby.start()
                        try await standby.psql("SELECT pg_wal_replay_pause()")
                        try await source.psql("UPDATE readings SET v = 'late' WHERE id = 15")
                        try await eventually("the standby to receive what it does not replay", within: .seconds(20)) {
                            try await standby.psql("SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()") == "t"
                        }
                        try await withScene { scene in
                            try await scene.addTenant("tenant_a", source, port: standby.port)
                            try await scene.addReport("readings", Readings.query, columns: Readings.columns)
                            let ledger = "SELECT rows, provisional, replay_lsn IS NOT NULL, timeline FROM _wh.ledger"
                            #expect(try await scene.ingest("2025-09-21", "2025-09-21").outcome == .done)
                            #expect(try await scene.database.psql(ledger) == "10|t|t|1")
                            #expect(try await scene.plan("2025-09-21", "2025-09-21").parts.first?.days.first?.reason == .provisional)

                            try await standby.psql("SELECT pg_wal_replay_resume()")
                            try await standby.waitForReplay(of: primary)
                            #expect(try await scene.ingest("2025-09-21", "2025-09-21").lines == ["tenant_a readings 2025-09-21 merged 10"])
                            #expect(try await scene.database.psql(ledger) == "10|f|t|1")
                            #expect(try await scene.plan("2025-09-21", "2025-09-21").parts.first?.days.first?.reason == .asked)
                        }
                    }
                }
            }
        }
    }

    @Test("or not, is not believed about today, which stays provisional")
    func today() async throws {
        try await withReadings { scene, _ in
            let today = try await scene.database.psql("SELECT (now() AT TIME ZONE 'UTC')::date")
            let result = try await scene.ingest(today, today)
            #expect(result.outcome == .done)
            #expect(try await scene.database.psql("SELECT provisional FROM _wh.ledger") == "t")
        }
    }
}
