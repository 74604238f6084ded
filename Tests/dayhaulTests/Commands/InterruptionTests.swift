import Glibc
import TestKit
import Testing

@Suite("An interrupted ingest", .timeLimit(.minutes(4)))
struct InterruptionTests {
    /// Old or new: rows and sum of each day, as its table holds them and as the ledger counts them.
    private static let days = """
        SELECT l.day, l.rows, count(r.*), sum(r.quantity) FROM _wh.ledger l
        LEFT JOIN tenant_a.foodlogstats r ON (r.logged_time AT TIME ZONE 'UTC')::date = l.day GROUP BY l.day, l.rows ORDER BY l.day
        """

    @Test(
        "ends within seconds with status 130 and no query left on the server; each day is the old one or the new one",
        arguments: [SIGINT, SIGTERM])
    func firstSignal(number: Int32) async throws {
        try await withSlowIngest { source, proxy, boss in
            let old = try await boss.ask(Self.days).split(separator: "\n")
            let before = proxy.bytes(.toClient)
            proxy.adjust(.toClient) { $0.bytesPerSecond = 200_000 }
            let ended = try await interrupted(boss, when: { proxy.bytes(.toClient) > before + 100_000 }) { running in
                let sessions = try await source.sessions()
                #expect(sessions != "0")
                running.send(number)
            }
            proxy.heal()
            #expect(ended.program.status == .exited(130), "\(ended.program.errors)")
            #expect(ended.ended - ended.signalled < .seconds(8))
            #expect(try ended.program.document(RunDocument.self).outcome == "interrupted")
            try await eventually("the reader's sessions to be gone", within: .seconds(5)) { try await source.sessions() == "0" }

            let now = try await boss.ask(Self.days).split(separator: "\n")
            for line in now {
                let columns = line.split(separator: "|")
                #expect(columns[1] == columns[2] && columns[1] == String(source.rowsPerDay))
            }
            #expect(now.count >= old.count)
            #expect(try await boss.ask(Self.strayTables) == "0")
            let repeated = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-10")
            #expect(repeated.status == .exited(0), "\(repeated.errors)")
            #expect(try await boss.dayhaul("verify", "--from", "2025-09-01", "--to", "2025-09-10").status == .exited(0))
        }
    }

    @Test("ends at once at the second signal, status 130, even when the server does not answer")
    func secondSignal() async throws {
        try await withSlowIngest { _, proxy, boss in
            let before = proxy.bytes(.toClient)
            proxy.adjust(.toClient) { $0.bytesPerSecond = 200_000 }
            let ended = try await interrupted(boss, when: { proxy.bytes(.toClient) > before + 100_000 }) { running in
                proxy.pause()
                running.send(SIGINT)
                try await running.wait(for: "the first signal to be taken", within: .seconds(5)) {
                    try running.errorsSoFar().contains("once more ends at once")
                }
                running.send(SIGINT)
            }
            proxy.resume()
            #expect(ended.program.status == .exited(130), "\(ended.program.errors)")
            #expect(ended.ended - ended.signalled < .seconds(1))
        }
    }

    /// Tables that the ledger and the registry do not know.
    private static let strayTables = """
        SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'tenant_a' AND c.relkind IN ('r', 'p')
        AND c.relname NOT IN (SELECT day_table FROM _wh.ledger) AND c.relname NOT IN (SELECT days_table FROM _wh.report_targets)
        """

    private struct Interruption {
        let program: EndedProgram
        /// When the last signal was sent.
        let signalled: ContinuousClock.Instant
        let ended: ContinuousClock.Instant
    }

    private func interrupted(
        _ boss: Operator, when isUnderWay: @escaping @Sendable () -> Bool,
        _ signal: @escaping @Sendable (RunningProgram) async throws -> Void
    ) async throws -> Interruption {
        let moment = Moment()
        let program = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-10", "--json") { running in
            try await running.wait(for: "the ingest to be reading") { isUnderWay() }
            try await signal(running)
            moment.note()
        }
        return Interruption(program: program, signalled: try #require(moment.noted), ended: .now)
    }

    /// A warehouse with three days that have changed in the source since, and a proxy before the replica.
    private func withSlowIngest(_ body: (TenantSource, FaultProxy, Operator) async throws -> Void) async throws {
        try await withTenantSource(days: 10, rowsPerDay: 2000) { source in
            try await withFaultProxy(to: source.replica.port) { proxy in
                try await withInitialisedOperator { boss in
                    let added = try await boss.add("tenant_a", source, port: proxy.port)
                    #expect(added.status == .exited(0), "\(added.errors)")
                    let first = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-03")
                    #expect(first.status == .exited(0), "\(first.errors)")
                    try await source.primary.psql("UPDATE phood_foodlogsum SET quantity = quantity + 1")
                    try await source.replay()
                    try await body(source, proxy, boss)
                }
            }
        }
    }
}
