import Glibc
import Subprocess
import TestKit
import Testing

@Suite("Many requests", .timeLimit(.minutes(10)))
struct ManyRequestsTests {
    private static let sessions = 50
    private static let perSession = 200

    /// Fifty psql sessions, each of which asks two hundred times, a statement each: for one or two of 25 days of 3 tenants.
    private func ask(_ boss: Operator) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<Self.sessions {
                group.addTask {
                    let requests = (0..<Self.perSession).map { _ in
                        let tenant = ["tenant_a", "tenant_b", "tenant_c"].randomElement() ?? ""
                        let day = "'2025-09-01'::date + \(Int.random(in: 0..<24))"
                        let last = "\(day) + \(Int.random(in: 0...1))"
                        return "SELECT _wh.update_mv_window_by_template('foodlogstats', '\(tenant)', NULL, \(day), \(last));"
                    }
                    try await boss.whadmin(requests.joined(separator: "\n"))
                }
            }
        }
    }

    /// Workers, each killed after a while and started again, until `isOver`.
    private func workers(_ count: Int, _ boss: Operator, until isOver: @escaping @Sendable () async throws -> Bool) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<count {
                group.addTask {
                    var killed = 0
                    while try await !isOver() {
                        let ended = try await boss.dayhaul(
                            ["worker", "--lease", "2", "--log-level", "error"], environment: ["DAYHAUL_WORKER_POLL_SECONDS": "1"]
                        ) { worker in
                            // Five claims are all that a request has: with shorter lives, five workers in a row die with it on a busy machine.
                            let life = ContinuousClock.now + .milliseconds(Int.random(in: 3000...9000))
                            try await eventually("the end of a worker's life", within: .seconds(20)) {
                                if ContinuousClock.now > life { return true }
                                return try await isOver()
                            }
                            worker.send(SIGKILL)
                        }
                        killed += ended.status == .killed(signal: SIGKILL) ? 1 : 0
                    }
                    return killed
                }
            }
            return try await group.reduce(0, +)
        }
    }

    @Test(
        "ten thousand over fifty sessions, four workers killed at random: each unit of work takes effect once, none is lost, none is stuck (faults 51, 63)"
    )
    func tenThousand() async throws {
        try await withTenantSources(3, days: 25, rowsPerDay: 20) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b", "tenant_c"], sources) { try await boss.add(name, source) }
                let start = ContinuousClock.now
                async let asking: Void = ask(boss)
                let killed = try await workers(4, boss) {
                    guard ContinuousClock.now - start > .seconds(10) else { return false }
                    return try await boss.warehouse.psql("SELECT bool_and(finished_at IS NOT NULL) FROM _wh.queue") == "t"
                }
                try await asking
                // Those that were asked for last.
                #expect(try await boss.dayhaul("worker", "--drain", "--lease", "2").status == .exited(0))
                #expect(killed >= 4)
                let ends = try await boss.ask(
                    "SELECT state, count(*) >= 140, sum(days_failed), bool_and(days_done = days_planned) FROM _wh.queue GROUP BY 1")
                #expect(ends == "done|t|0|t")
                // Each of the days once: a table, a ledger row, and one publish that wrote rows, whatever happened to the worker after it.
                let days = try await boss.ask(
                    """
                    SELECT count(*), count(DISTINCT (schema_name, day)), avg(rows)::int FROM _wh.ledger;
                    SELECT count(*) FROM public.foodlogstats;
                    SELECT count(*) FROM (SELECT schema_name, day FROM _wh.run_events WHERE outcome = 'loaded' GROUP BY 1, 2 HAVING count(*) > 1) twice;
                    SELECT count(*) FROM _wh.run_events WHERE outcome IN ('merged', 'failed');
                    """)
                #expect(days == "75|75|20\n1500\n0\n0")
                // What was asked for twice while it waited is one request.
                let asked = try await boss.ask("SELECT count(*) < \(Self.sessions * Self.perSession) FROM _wh.queue")
                #expect(asked == "t")
            }
        }
    }

    @Test("of a backfill of a year do not keep another tenant's today waiting for more than a slice")
    func backfill() async throws {
        try await withTenantSources(2, days: 365, rowsPerDay: 4) { sources in
            try await withInitialisedOperator { boss in
                for (name, source) in zip(["tenant_a", "tenant_b"], sources) { try await boss.add(name, source) }
                try await boss.whadmin(
                    "SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', NULL, '2025-09-01', '2026-08-31')")
                try await boss.worker("--concurrency", "1", environment: ["DAYHAUL_LIMITS_SLICE_DAYS": "10"]) { _ in
                    try await eventually("a slice of the backfill", within: .seconds(60)) {
                        try await boss.ask("SELECT days_done > 20 FROM _wh.queue") == "t"
                    }
                    try await boss.whadmin("CALL _wh.ingest('foodlogstats', 'tenant_b', current_date, current_date)")
                    // The slices that were begun between the asking and the end of today: the one under way, and no other.
                    let between = try await boss.ask(
                        """
                        SELECT count(*) <= 1, (SELECT state FROM _wh.requests WHERE tenant_name = 'tenant_a')
                        FROM _wh.runs r JOIN _wh.queue q ON q.tenant_name = 'tenant_b'
                        WHERE r.request_id <> q.id AND r.started_at > q.requested_at AND r.started_at < q.finished_at
                        """)
                    #expect(between == "t|running")
                    try await boss.requestsFinished(within: .seconds(120))
                    #expect(try await boss.ask("SELECT count(*) FROM _wh.ledger WHERE tenant_name = 'tenant_a'") == "365")
                }
            }
        }
    }
}
