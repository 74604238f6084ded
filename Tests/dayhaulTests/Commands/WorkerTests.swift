import Glibc
import TestKit
import Testing

@Suite("dayhaul worker", .timeLimit(.minutes(4)))
struct WorkerTests {
    /// A warehouse with a tenant, and a worker for as long as `body` takes; then it is told to end.
    private func withWorker(
        days: Int = 5, _ arguments: String..., environment: [String: String?] = [:],
        _ body: @escaping @Sendable (Operator, RunningProgram) async throws -> Void
    ) async throws {
        try await withTenantSource(days: days) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let ended = try await boss.dayhaul(["worker"] + arguments, environment: environment) { worker in
                    try await worker.wait(for: "the worker") { try worker.errorsSoFar().contains("waits for requests") }
                    try await body(boss, worker)
                    worker.send(SIGTERM)
                }
                #expect(ended.status == .exited(0), "\(ended.errors)")
                #expect(try await boss.ask("SELECT count(*) FROM _wh.workers") == "0")
                #expect(try boss.spillFolders() == [])
            }
        }
    }

    @Test("carries out what was asked for in psql, and what waits there hears of the end at once")
    func carriesOut() async throws {
        try await withWorker { boss, worker in
            #expect(
                try await boss.whadmin("SELECT state FROM _wh.update_mv_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-02')")
                    == "queued")
            let start = ContinuousClock.now
            try await boss.whadmin("CALL _wh.ingest('foodlogstats', 'tenant_a', '2025-09-01', '2025-09-05')")
            #expect(ContinuousClock.now - start < .seconds(15))
            let requests = try await boss.whadmin(
                "SELECT id, state, days_planned, days_done, days_failed, percent, rows FROM _wh.requests WHERE finished_at IS NOT NULL ORDER BY id"
            )
            #expect(requests == "1|done|1|1|0|100|200\n2|done|5|5|0|100|1000")
            #expect(try await boss.whadmin("SELECT count(*) FROM public.foodlogstats WHERE schema_name = 'tenant_a'") == "1000")
        }
    }
}
