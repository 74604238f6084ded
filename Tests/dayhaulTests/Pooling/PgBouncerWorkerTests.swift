import CrashPoints
import Glibc
import TestKit
import Testing

@Suite(
    "A worker behind PgBouncer", .timeLimit(.minutes(4)),
    .enabled(if: Pooler.isInstalled, "PgBouncer is not installed (Debian: pgbouncer)"))
struct PgBouncerWorkerTests {
    @Test("a worker carries requests out, finds them by polling and says so; a waiting caller hears of the end")
    func worker() async throws {
        try await withPooledTenant { pooler, boss in
            let fresh = try await pooler.psql(Pooler.session)
            let ended = try await boss.through(pooler).worker(environment: ["DAYHAUL_WORKER_POLL_SECONDS": "1"]) { _ in
                try await boss.whadmin("SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02')")
                try await boss.whadmin("CALL _wh.ingest('foodlogstats', 'tenant_a', '2025-09-01', '2025-09-05')")
                try await boss.requestsFinished()
            }
            #expect(ended.status == .exited(0), "\(ended.errors)")
            #expect(ended.errors.contains("looking for requests every"), "\(ended.errors)")
            #expect(try await boss.requests() == "1|done\n2|done")
            #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "1000")
            #expect(try await boss.ask("SELECT count(*) FROM _wh.workers") == "0")
            #expect(try await pooler.psql(Pooler.session) == fresh)
            #expect(try await boss.warehouse.psql(Pooler.locks) == "0")
        }
    }

    @Test("a pooler that dies in the middle is done without: each day is published once")
    func crash() async throws {
        try await withPooledTenant { pooler, boss in
            let point = try #require(CrashPoint.variable)
            let ended = try await boss.through(pooler).worker(
                environment: [point: "slice.spilled:stop", "DAYHAUL_WORKER_POLL_SECONDS": "1"]
            ) { worker in
                try await boss.whadmin(
                    "SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-01', '2025-09-05')")
                try await worker.wait(for: "the spilled slice") { worker.isStopped }
                try await pooler.crash()
                worker.send(SIGCONT)
                try await boss.requestsFinished()
            }
            #expect(ended.status == .exited(0), "\(ended.errors)")
            #expect(try await boss.whadmin("SELECT state, days_done FROM _wh.requests") == "done|5")
            // The ledger, and not the log: what is said of a day after its commit may be lost with the pooler, the day may not.
            let ledger = try await boss.ask("SELECT day, rows FROM _wh.ledger ORDER BY day")
            #expect(ledger == (1...5).map { "2025-09-0\($0)|200" }.joined(separator: "\n"))
            #expect(try await boss.ask("SELECT count(*), count(DISTINCT id) FROM public.foodlogstats") == "1000|1000")
            let twice = "SELECT day FROM _wh.run_events WHERE outcome IN ('loaded', 'merged') GROUP BY day HAVING count(*) > 1"
            #expect(try await boss.ask(twice) == "")
        }
    }

    @Test("a worker that stands still in the middle of a publish is fenced: its session has its name there too")
    func fenced() async throws {
        try await withPooledTenant(sessions: 10) { pooler, boss in
            let point = try #require(CrashPoint.variable)
            let client = try boss.through(pooler)
            let quick = ["DAYHAUL_WORKER_POLL_SECONDS": "1", "DAYHAUL_WORKER_LEASE_SECONDS": "2"]
            try await client.worker(environment: quick.merging([point: "day.locked:stop"]) { $1 }) { late in
                try await boss.whadmin("SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02')")
                try await late.wait(for: "the worker to stand still") { late.isStopped }
                let other = try await client.worker(environment: quick) { _ in try await boss.requestsFinished() }
                #expect(other.errors.contains("of a worker that stands still"), "\(other.errors)")
                #expect(try await boss.requests() == "1|done")
                late.send(SIGCONT)
            }
            #expect(try await boss.publishes() == "2025-09-02|1")
        }
    }
}
