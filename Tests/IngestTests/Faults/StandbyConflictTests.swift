@testable import Ingest
import Postgres
import TestKit
import Testing

/// What PostgreSQL's own src/test/recovery/t/031_recovery_conflict.pl tries, with the engine's COPY as the query in the way.
@Suite("A standby that cancels the COPY to go on with its replay", .timeLimit(.minutes(5)))
struct StandbyConflictTests {
    /// A conflict is logged some time after the sessions in the way were told to end.
    private static let standby = ["max_standby_streaming_delay": "20ms", "log_recovery_conflict_waits": "on", "deadlock_timeout": "200ms"]

    /// How often replay was in conflict with a session of this database, by `column`.
    private func conflicts(_ column: String, _ twins: Twins) async throws -> String {
        try await twins.replica.psql("SELECT \(column) FROM pg_stat_database_conflicts WHERE datname = current_database()")
    }

    /// Holds up the COPY of `tenant_a` until what `cause` did on the primary got into its way: either the COPY is cancelled already, or it
    /// is to be as soon as its socket takes a byte, and replay waits for that. Replay logs no wait for a lock before it has it, once it has
    /// told those in the way to end (PostgreSQL's ProcSleep and ResolveRecoveryConflictWithLock): such a wait is seen in pg_locks.
    private func conflict(_ twins: Twins, _ cause: () async throws -> Void) async throws {
        func logged() async throws -> Int {
            let pattern = "recovery still waiting after|canceling statement due to conflict with recovery"
            return try await Int(
                twins.replica.psql(
                    "SELECT count(*) FROM regexp_matches(pg_read_file(:'log'), :'pattern', 'g')",
                    variables: ["log": twins.replica.cluster.logFile, "pattern": pattern])) ?? 0
        }
        func waitsForLock() async throws -> Bool {
            try await twins.replica.psql(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND waitstart < clock_timestamp() - interval '200 ms')") == "t"
        }
        try await twins.holdUpCopy {
            let before = try await logged()
            try await cause()
            try await eventually("the conflict", within: .seconds(20)) {
                if try await waitsForLock() { return true }
                return try await logged() > before
            }
        }
    }

    @Test(
        "because it needs row versions that went: the day is read again; where that does not help, the error names the settings (fault 4)")
    func snapshot() async throws {
        try await withTwinOnOwnStandby(standby: Self.standby) { twins in
            #expect(try await twins.ingest().outcome == .done)
            let before = try await twins.visible()
            func vacuum(_ value: String) async throws {
                try await conflict(twins) {
                    for database in [twins.primary, twins.twin] {
                        try await database.psql("UPDATE readings SET v = '\(value)' || id; VACUUM (FREEZE) readings")
                    }
                }
            }
            async let failing = twins.trying(1).ingest()
            try await vacuum("once")
            let failed = try await failing
            #expect(failed.outcome == .partial && failed.ends(of: "tenant_a") == ["server 40001"])
            let error = try #require(failed.days.first?.error)
            #expect(error.hint?.contains("hot_standby_feedback") == true && error.hint?.contains("max_standby_streaming_delay") == true)
            #expect(try await conflicts("confl_snapshot", twins) == "1")
            #expect(try await twins.visible() == before)

            try await twins.replay()
            let retries = Retries()
            async let trying = twins.ingest(retries)
            try await vacuum("twice")
            let done = try await trying
            #expect(done.outcome == .done && done.ends(of: "tenant_a") == ["merged"])
            #expect(retries.all == ["tenant_a server 40001 1"])
            #expect(try await conflicts("confl_snapshot", twins) == "2")
            try await twins.replay()
            try await twins.expectHealed()
            try await idleSnapshot(twins)
        }
    }

    /// A session that is between two statements is not cancelled but ended, and the server's hint says less.
    private func idleSnapshot(_ twins: Twins) async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await Connection.with(try ConnectionParameters(conninfo: twins.replica.conninfo)) { session in
                try await session.transaction(.snapshot) {
                    try await session.query("SELECT FROM readings")
                    // A checkpoint, because VACUUM leaves its last records to be flushed later.
                    try await twins.primary.psql("UPDATE readings SET v = v || id; VACUUM (FREEZE) readings; CHECKPOINT")
                    try await twins.replay()
                    try await session.query("SELECT FROM readings")
                }
            }
        }
        let failure = Failure(try #require(error), on: .source)
        #expect(failure.sqlstate == "40001" && failure.isTransient, "\(failure)")
        #expect(failure.hint?.contains("hot_standby_feedback") == true, "\(failure)")
    }

    @Test("because a table is altered: the query is described anew, and read again or refused for what is gone (faults 5, 24)")
    func lock() async throws {
        try await withTwinOnOwnStandby(standby: Self.standby) { twins in
            let retries = Retries()
            async let widening = twins.ingest(retries)
            try await conflict(twins) {
                for database in [twins.primary, twins.twin] {
                    try await database.psql("ALTER TABLE readings ADD COLUMN w int DEFAULT 7, ALTER v TYPE varchar, ALTER id TYPE int")
                }
            }
            #expect(try await widening.outcome == .done)
            #expect(retries.all == ["tenant_a server 40001 1"])
            #expect(try await conflicts("confl_lock", twins) == "1")
            try await twins.replay()
            try await twins.expectHealed()
            let before = try await twins.visible()

            async let dropping = twins.ingest(retries)
            try await conflict(twins) { try await twins.primary.psql("ALTER TABLE readings DROP COLUMN v") }
            let dropped = try await dropping
            #expect(dropped.outcome == .partial)
            #expect(dropped.ends(of: "tenant_a") == ["server 42703"] && dropped.ends(of: "tenant_b") == ["unchanged"])
            #expect(dropped.days.first?.error?.message.contains("\"v\"") == true)
            #expect(retries.all.count == 2)
            #expect(try await twins.visible() == before)
        }
    }

    @Test("because it holds a page that is to be cleaned: the day is read again (fault 5)")
    func bufferPin() async throws {
        try await withTwinOnOwnStandby(standby: Self.standby) { twins in
            // Versions that never were: cleaning them up concerns no snapshot, only whoever holds the page.
            try await twins.primary.psql("BEGIN; UPDATE readings SET v = 'never'; ROLLBACK; CHECKPOINT")
            try await twins.replay()
            let retries = Retries()
            async let running = twins.ingest(retries)
            try await conflict(twins) { try await twins.primary.psql("VACUUM readings") }
            #expect(try await running.outcome == .done)
            #expect(retries.all == ["tenant_a server 40001 1"])
            #expect(try await conflicts("confl_bufferpin", twins) == "1")
            try await twins.expectHealed()
        }
    }

    @Test("because its sort is in a tablespace that is dropped: the day is read again (fault 5)")
    func tablespace() async throws {
        let sorted = Twins.bulkQuery + " ORDER BY md5(v)"
        try await withTwinOnOwnStandby(sorted, primary: ["allow_in_place_tablespaces": "on"], standby: Self.standby) { twins in
            try await twins.primary.psql("SET allow_in_place_tablespaces = on; CREATE TABLESPACE scratch LOCATION ''")
            try await twins.primary.psql(
                "ALTER DATABASE \(twins.primary.database) SET temp_tablespaces = 'scratch'; ALTER DATABASE \(twins.primary.database) SET work_mem = '64kB'"
            )
            try await twins.replay()
            let retries = Retries()
            async let running = twins.ingest(retries)
            try await conflict(twins) { try await twins.primary.psql("DROP TABLESPACE scratch") }
            #expect(try await running.outcome == .done)
            #expect(retries.all == ["tenant_a server 40001 1"])
            #expect(try await conflicts("confl_tablespace", twins) == "1")
            try await twins.expectHealed()
        }
    }

    @Test("because each waits for the other: the deadlock's victim is read again (fault 5)")
    func deadlock() async throws {
        // The first row's page is held while the function waits for a lock that replay holds.
        let waiting = Readings.windowQuery.replacing("v FROM", with: "v || look(id) AS v FROM")
        var standby = Self.standby
        standby["max_standby_streaming_delay"] = "-1"
        standby["deadlock_timeout"] = "20ms"
        try await withTwinOnOwnStandby(waiting, standby: standby) { twins in
            try await twins.change(
                """
                CREATE TABLE other (i int);
                CREATE FUNCTION look(bigint) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
                    IF $1 = 25 THEN EXECUTE 'SELECT FROM other'; END IF;
                    RETURN '';
                END $$;
                """)
            try await twins.primary.psql("BEGIN; UPDATE readings SET v = 'never'; ROLLBACK; CHECKPOINT")
            try await twins.replay()
            let retries = Retries()
            try await Connection.with(try ConnectionParameters(conninfo: twins.primary.conninfo)) { holder in
                try await holder.query("BEGIN")
                try await holder.query("LOCK TABLE other IN ACCESS EXCLUSIVE MODE")
                // A commit of another session's takes the lock's record to the standby.
                try await twins.primary.psql("CREATE TABLE flush ()")
                try await twins.replay()
                async let running = twins.ingest(retries)
                _ = try await twins.copyUnderWay("wait_event_type = 'Lock'")
                try await twins.primary.psql("VACUUM readings")
                try await eventually("the victim", within: .seconds(20)) { !retries.all.isEmpty }
                try await holder.query("ROLLBACK")
                #expect(try await running.outcome == .done)
            }
            #expect(retries.all.first == "tenant_a server 40001 1", "\(retries.all)")
            #expect(try await conflicts("confl_deadlock", twins) >= "1")
            try await twins.expectHealed()
        }
    }

    @Test("because its database is dropped: final at once, the old days stay (fault 5)")
    func databaseDropped() async throws {
        // Not held up by a socket: a backend that is ends without a word.
        try await withTwinOnOwnStandby(Twins.slowQuery, standby: Self.standby) { twins in
            #expect(try await twins.ingest().outcome == .done)
            let before = try await twins.visible()
            let retries = Retries()
            async let running = twins.ingest(retries)
            _ = try await twins.copyUnderWay()
            try await twins.primary.cluster.psql("DROP DATABASE \(twins.primary.database) WITH (FORCE)")
            let gone = try await running
            #expect(gone.outcome == .partial)
            #expect(gone.ends(of: "tenant_a") == ["server 57P04"] && gone.ends(of: "tenant_b") == ["unchanged"])
            #expect(retries.all == [])
            #expect(try await twins.visible() == before)
            let again = try await twins.ingest(retries)
            #expect(again.ends(of: "tenant_a") == ["connectionFailed 3D000"])
            #expect(retries.all == [])
        }
    }
}
