@testable import Ingest
import TestKit
import Testing
import Warehouse

@Suite("Replicas that are not all at the same position", .timeLimit(.minutes(5)))
struct ReplicaPositionTests {
    @Test(
        "the ledger says where a day was read; a day read from one that is behind never replaces it, until that one has caught up (fault 9)"
    )
    func behind() async throws {
        try await withTwinOnOwnStandby(Readings.windowQuery) { twins in
            try await SharedClusters.withStandby(of: twins.primary.cluster) { other in
                let slow = twins.primary.shown(by: other)
                #expect(try await twins.ingest().outcome == .done)
                try await slow.psql("SELECT pg_wal_replay_pause()")
                try await twins.change("UPDATE readings SET v = 'new' || id")
                #expect(try await twins.ingest().totals.merged == 10)
                let source = try await twins.primary.psql(
                    """
                    SELECT system_identifier, (SELECT timeline_id FROM pg_control_checkpoint()), pg_current_wal_flush_lsn()
                    FROM pg_control_system()
                    """
                ).split(separator: "|")
                try #require(source.count == 3)
                let position = """
                    SELECT count(*) FILTER (WHERE system_identifier = '\(source[0])' AND timeline = \(source[1]) AND replay_lsn <= '\(source[2])'
                        AND replay_time <= clock_timestamp() AND NOT provisional)
                    FROM _wh.ledger WHERE schema_name = 'tenant_a'
                    """
                #expect(try await twins.scene.database.psql(position) == "5")
                let before = try await twins.visible()

                twins.proxy.retarget(to: other.port)
                let older = try await twins.ingest(of: "tenant_a")
                #expect(older.outcome == .failed && older.totals.failed == 5, "\(older.lines)")
                #expect(older.days.allSatisfy { $0.error?.code == "newerSnapshot" })
                #expect(try await twins.visible() == before)
                #expect(try await twins.scene.database.psql(position) == "5")

                try await slow.psql("SELECT pg_wal_replay_resume()")
                try await other.waitForReplay(of: twins.primary.cluster)
                try await twins.expectHealed()
            }
        }
    }

    @Test("rows that come late are found within the window, and beyond it when asked for; each is there once (fault 10)")
    func lateRows() async throws {
        try await inTurn {
            try await withStandbyDatabase { source in
                try await source.primary.psql(
                    """
                    CREATE TABLE readings (id bigint, at timestamptz, v text);
                    INSERT INTO readings SELECT n, date_trunc('day', now(), 'UTC') - n / 10 * interval '1 day' + interval '1 minute', 'v' || n
                    FROM generate_series(0, 99) n
                    """)
                try await source.replay()
                try await withScene { scene in
                    try await scene.addTenant("tenant_a", source.standby)
                    try await scene.addReport("readings", Readings.windowQuery, columns: Readings.columns, more: ["late_days": "5"])
                    let today = try await scene.database.psql("SELECT (now() AT TIME ZONE 'UTC')::date")
                    let first = try await scene.database.psql("SELECT (now() AT TIME ZONE 'UTC')::date - 9")
                    #expect(try await scene.ingest(first, today).totals.loaded == 10)
                    let digests = "SELECT string_agg(digest, ' ' ORDER BY day) FROM _wh.ledger"
                    let before = try await scene.database.psql(digests).split(separator: " ")

                    try await source.primary.psql(
                        "INSERT INTO readings SELECT id + 1000, at, 'late' FROM readings WHERE id IN (35, 36, 85)")
                    try await source.replay()
                    let due = try await scene.engine.run(try await scene.plan(.due), as: .run) { _ in }
                    #expect(due.outcome == .done && due.totals.merged == 1)
                    let changed = zip(before, try await scene.database.psql(digests).split(separator: " ")).map { $0 != $1 }
                    #expect(changed.indices.filter { changed[$0] } == [6])
                    #expect(try await scene.database.psql("SELECT count(*), count(DISTINCT id) FROM tenant_a.readings") == "102|102")

                    #expect(try await scene.ingest(first, today).totals.merged == 1)
                    #expect(try await scene.database.psql("SELECT count(*), count(DISTINCT id) FROM tenant_a.readings") == "103|103")
                    try await scene.addTenant("twin", source.primary)
                    #expect(try await scene.ingest(first, today).totals.loaded == 10)
                    #expect(
                        try await scene.database.psql(
                            "SELECT count(DISTINCT (digest, rows)), count(*) FROM _wh.ledger GROUP BY day"
                        ).split(separator: "\n")
                            .allSatisfy { $0 == "1|2" })
                }
            }
        }
    }
}
