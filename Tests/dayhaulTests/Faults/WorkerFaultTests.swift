import CrashPoints
import Glibc
import TestKit
import Testing

@Suite("Workers that die or stand still", .timeLimit(.minutes(4)))
struct WorkerFaultTests {
    private func withTenant(days: Int = 3, _ body: (Operator) async throws -> Void) async throws {
        try await withTenantSource(days: days) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await body(boss)
            }
        }
    }

    private static let window = "SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-01', '2025-09-03')"

    @Test(
        "killed anywhere: another takes the request up when the lease is over, and each day is published once (faults 48, 49)",
        arguments: [
            CrashPoint.requestClaimed, .requestPlanned, .sourceReading, .sliceSpilled, .dayLocked, .tableFilled, .dayCommitting,
            .dayCommitted,
            .requestFinished,
        ])
    func killed(at point: CrashPoint) async throws {
        try await withTenant { boss in
            try await boss.whadmin(Self.window)
            let variable = try #require(CrashPoint.variable)
            let killed = try await boss.dayhaul(["worker", "--lease", "2"], environment: [variable: point.rawValue])
            #expect(killed.status == .killed(signal: SIGKILL), "\(point.rawValue) was not reached: \(killed.errors)")
            let next = try await boss.dayhaul("worker", "--drain")
            #expect(next.status == .exited(0), "\(next.errors)")
            #expect(try await boss.whadmin("SELECT state, days_done, days_failed FROM _wh.requests") == "done|3|0")
            // Every day came once: what was published before the end is found as it is, or not looked at again.
            let days = try await boss.ask(
                "SELECT count(*), count(DISTINCT loaded_at), sum(rows) FROM _wh.ledger; SELECT count(*) FROM tenant_a.foodlogstats")
            #expect(days == "3|3|600\n600")
            #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "600")
            #expect(try boss.spillFolders() == [])
        }
    }

    @Test(
        "stopped past its lease: another does the work, and the late one changes nothing when it goes on (fault 50)",
        arguments: [CrashPoint.sourceReading, .sliceSpilled, .requestFinished])
    func stopped(at point: CrashPoint) async throws {
        try await withTenant { boss in
            let variable = try #require(CrashPoint.variable)
            let late = try await boss.worker("--lease", "2", environment: [variable: "\(point.rawValue):stop"]) { late in
                try await boss.whadmin(Self.window)
                try await late.wait(for: "the worker to stand still") { late.isStopped }
                let other = try await boss.dayhaul("worker", "--drain", "--lease", "3")
                #expect(other.status == .exited(0), "\(other.errors)")
                let done = try await boss.whadmin("SELECT state, days_done, worker FROM _wh.requests")
                #expect(done.hasPrefix("done|3|"))
                let ledger = "SELECT day, digest, loaded_at, checked_at, run_id FROM _wh.ledger ORDER BY day"
                let before = try await boss.ask(ledger)
                late.send(SIGCONT)
                try await late.wait(for: "the late worker to hear of it") { try late.errorsSoFar().contains("taken it over") }
                #expect(try await boss.ask(ledger) == before)
                #expect(try await boss.whadmin("SELECT state, days_done, worker FROM _wh.requests") == done)
            }
            #expect(late.status == .exited(0), "\(late.errors)")
            #expect(try boss.spillFolders() == [])
        }
    }

    @Test(
        "stopped in the middle of a publish: its session is ended, so that the day can be published",
        arguments: [CrashPoint.dayLocked, .dayCommitting])
    func stoppedWhilePublishing(at point: CrashPoint) async throws {
        try await withTenant { boss in
            let variable = try #require(CrashPoint.variable)
            try await boss.worker("--lease", "2", environment: [variable: "\(point.rawValue):stop"]) { late in
                try await boss.whadmin(Self.window)
                try await late.wait(for: "the worker to stand still") { late.isStopped }
                let other = try await boss.worker("--lease", "2") { _ in try await boss.requestsFinished() }
                #expect(other.errors.contains("of a worker that stands still"), "\(other.errors)")
                #expect(try await boss.whadmin("SELECT state, days_done FROM _wh.requests") == "done|3")
                late.send(SIGCONT)
            }
            #expect(try await boss.publishes() == "2025-09-01|1\n2025-09-02|1\n2025-09-03|1")
            #expect(try await boss.dayhaul("verify", "--from", "2025-09-01", "--to", "2025-09-03").status == .exited(0))
        }
    }

    @Test("hears of requests although the session that listens is lost (fault 61)")
    func polls() async throws {
        try await withTenant { boss in
            try await boss.worker(environment: ["DAYHAUL_WORKER_POLL_SECONDS": "1"]) { _ in
                // As often as it listens again, the session is ended.
                let listener = "FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_notify($1, '''')'"
                try await eventually("the listener", within: .seconds(30)) {
                    try await boss.warehouse.psql("SELECT count(*) \(listener)") == "1"
                }
                try await boss.warehouse.psql("SELECT pg_terminate_backend(pid) \(listener)")
                try await boss.whadmin("SELECT _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02')")
                try await boss.requestsFinished()
                #expect(try await boss.requests() == "1|done")
            }
        }
    }
}
