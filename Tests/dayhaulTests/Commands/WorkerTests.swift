import CrashPoints
import FoundationEssentials
import Glibc
import TestKit
import Testing

@Suite("dayhaul worker", .timeLimit(.minutes(4)))
struct WorkerTests {
    private func withTenant(days: Int = 5, _ body: (Operator, TenantSource) async throws -> Void) async throws {
        try await withTenantSource(days: days) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await body(boss, source)
            }
        }
    }

    @Test("carries out what was asked for in psql, and what waits there hears of the end at once; SIGTERM ends it with status 0")
    func carriesOut() async throws {
        try await withTenant { boss, _ in
            let ended = try await boss.worker { _ in
                try await boss.whadmin("SELECT state FROM _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02')")
                let start = ContinuousClock.now
                try await boss.whadmin("CALL _wh.ingest('foodlogstats', 'tenant_a', '2025-09-01', '2025-09-05')")
                #expect(ContinuousClock.now - start < .seconds(20))
                let requests = try await boss.whadmin(
                    "SELECT state, days_planned, days_done, days_failed, percent, rows FROM _wh.requests ORDER BY id")
                #expect(requests == "done|1|1|0|100|200\ndone|5|5|0|100|1000")
                #expect(try await boss.whadmin("SELECT count(*) FROM public.foodlogstats WHERE schema_name = 'tenant_a'") == "1000")
                #expect(try await boss.ask("SELECT count(*) FROM _wh.workers WHERE seen_at > now() - interval '1 minute'") == "1")
            }
            #expect(ended.status == .exited(0), "\(ended.errors)")
            #expect(ended.errors.contains("2 requests, 6 days, 1,200 rows"), "\(ended.errors)")
            #expect(try await boss.ask("SELECT count(*) FROM _wh.workers") == "0")
            #expect(try boss.spillFolders() == [])
        }
    }

    @Test("tells the waiting caller what failed and what to do, and goes on")
    func failures() async throws {
        try await withTenant { boss, source in
            try await boss.worker { _ in
                try await source.primary.psql(#"REVOKE SELECT ON phood_foodlogsum FROM :"reader""#, variables: ["reader": source.reader])
                try await source.replay()
                let error = await #expect(throws: ClusterError.self) {
                    try await boss.whadmin("CALL _wh.ingest('foodlogstats', 'tenant_a', '2025-09-01', '2025-09-02')")
                }
                #expect(error?.sqlstate == "38000", "\(String(describing: error))")
                #expect(error?.message.contains("1 of 1 requests did not succeed") == true)
                #expect(error?.message.contains("permission denied") == true)
                let request = try await boss.whadmin("SELECT state, days_done, days_failed, sqlstate FROM _wh.requests")
                #expect(request == "failed|0|2|42501")
                try await source.primary.psql(#"GRANT SELECT ON phood_foodlogsum TO :"reader""#, variables: ["reader": source.reader])
                try await source.replay()
                try await boss.whadmin("CALL _wh.ingest('foodlogstats', 'tenant_a', '2025-09-01', '2025-09-02')")
            }
        }
    }

    @Test("with --drain ends when the queue is empty, and says what it did as JSON")
    func drains() async throws {
        try await withTenant { boss, _ in
            try await boss.whadmin(
                "SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', 'reports', '2025-09-01', '2025-09-05')")
            let ended = try await boss.dayhaul("worker", "--drain", "--json", environment: ["DAYHAUL_LIMITS_SLICE_DAYS": "2"])
            #expect(ended.status == .exited(0), "\(ended.errors)")
            struct Document: Decodable {
                let outcome: String
                let requests: Int
                let days: Int
                let rows: Int
            }
            let document = try ended.document(Document.self)
            #expect(document.outcome == "done" && document.requests == 1 && document.days == 5 && document.rows == 1000)
            // A slice each, the newest days first.
            let slices = try await boss.ask(
                "SELECT min(day), max(day), count(*) FROM _wh.run_events GROUP BY run_id ORDER BY run_id")
            #expect(slices == "2025-09-04|2025-09-05|2\n2025-09-02|2025-09-03|2\n2025-09-01|2025-09-01|1")
            #expect(try await boss.ask("SELECT count(*) FROM reports.foodlogstats") == "1000")
        }
    }

    @Test("hears of a request's end: its queries end on the replica, and what was published stays")
    func cancels() async throws {
        try await withTenant { boss, source in
            try await boss.worker("--grace", "60") { worker in
                // The standby replays the lock, once it is flushed: what is read there waits for as long as somebody holds it here.
                let holder = Task {
                    try await source.primary.psql("BEGIN; LOCK TABLE phood_foodlogsum; SELECT pg_switch_wal(); SELECT pg_sleep(110)")
                }
                try await worker.wait(for: "the lock on the standby") { try await source.locks(granted: true) == "1" }
                try await boss.whadmin("SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02')")
                try await worker.wait(for: "the reading to wait") { try await source.locks(granted: false) != "0" }
                #expect(try await boss.whadmin("SELECT _wh.cancel_request(1)") == "cancelling")
                try await boss.requestsFinished()
                #expect(try await boss.requests() == "1|cancelled")
                try await eventually("the end of the reader's sessions", within: .seconds(30)) { try await source.sessions() == "0" }
                #expect(try await source.locks(granted: true) == "1")
                holder.cancel()
                _ = await holder.result
            }
            #expect(try await boss.publishes() == "")
        }
    }

    @Test("told to stop gives back what is under way when the grace is over, without an attempt being counted (fault 52)")
    func grace() async throws {
        try await withTenant { boss, _ in
            let point = try #require(CrashPoint.variable)
            try await boss.whadmin("SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02')")
            let ended = try await boss.dayhaul(["worker", "--grace", "0"], environment: [point: "source.reading:stop"]) { worker in
                try await worker.wait(for: "the reading") { worker.isStopped }
                worker.send(SIGTERM)
                worker.send(SIGCONT)
            }
            #expect(ended.status == .exited(0), "\(ended.errors)")
            #expect(try await boss.whadmin("SELECT state, attempt, worker IS NOT NULL FROM _wh.requests") == "running|0|t")
            #expect(try await boss.dayhaul("worker", "--drain").status == .exited(0))
            #expect(try await boss.requests() == "1|done")
            #expect(try await boss.publishes() == "2025-09-02|1")
        }
    }

    @Test("refuses settings that cannot be, and a warehouse that is not there")
    func refuses() async throws {
        try await withTenant { boss, _ in
            for (arguments, word) in [
                (["--concurrency", "0"], "1 or more"), (["--lease", "0"], "1 or more"), (["--grace", "x"], "grace"),
            ] {
                let ended = try await boss.dayhaul(["worker"] + arguments)
                #expect(ended.status == .exited(2) && ended.errors.contains(word), "\(ended.errors)")
            }
            let nowhere = try await boss.dayhaul("worker", "--warehouse", "host=127.0.0.1 port=1 dbname=x user=y")
            #expect(nowhere.status == .exited(1) && nowhere.errors.contains("port 1 failed"), "\(nowhere.errors)")
        }
    }
}
