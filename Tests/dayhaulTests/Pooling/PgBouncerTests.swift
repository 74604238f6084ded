import CrashPoints
import Glibc
import TestKit
import Testing

@Suite(
    "Behind PgBouncer", .timeLimit(.minutes(4)),
    .enabled(if: Pooler.isInstalled, "PgBouncer is not installed (Debian: pgbouncer)"))
struct PgBouncerTests {
    private static let days = ["--from", "2025-09-01", "--to", "2025-09-05"]

    @Test(
        "every command works, acts as the engine's role, and leaves nothing in the sessions of others (fault 47)",
        arguments: [Pooler.Mode.transaction, .session])
    func commands(_ mode: Pooler.Mode) async throws {
        try await withTenantSource(days: 5) { source in
            try await withOperator { boss in
                try await withPooler(boss, mode) { pooler in
                    let client = try boss.through(pooler)
                    let fresh = try await pooler.psql(Pooler.session)
                    #expect(try await client.dayhaul("init").status == .exited(0))
                    try await boss.psql(file: "template-foodlogstats.sql")
                    try await client.add("tenant_a", source)
                    for command in [["plan"], ["ingest"], ["ingest", "--force"], ["verify"]] {
                        let ended = try await client.dayhaul(command + Self.days)
                        #expect(ended.status == .exited(0), "\(command): \(ended.errors)")
                    }
                    #expect(try await client.dayhaul("status").output.contains("tenant_a  foodlogstats     5"))
                    #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "1000")
                    let owners = try await boss.warehouse.psql(
                        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('_wh', 'tenant_a')")
                    #expect(owners == boss.roles[0])
                    for _ in 0..<4 { #expect(try await pooler.psql(Pooler.session) == fresh) }
                    #expect(try await boss.warehouse.psql(Pooler.locks) == "0")
                }
            }
        }
    }

    @Test("a run is seen to live as long as it does, and no longer; its session holds back no vacuum (fault 45)")
    func runLock() async throws {
        try await withPooledTenant { pooler, boss in
            let point = try #require(CrashPoint.variable)
            let dead = "SELECT pg_try_advisory_xact_lock_shared(hashtextextended('dayhaul.run.1', 0))"
            let killed = try await boss.through(pooler).dayhaul(["ingest"] + Self.days, environment: [point: "source.reading:stop"]) {
                run in
                try await run.wait(for: "the reading") { run.isStopped }
                #expect(try await boss.warehouse.psql(dead) == "f")
                let holders = try await boss.warehouse.psql(
                    """
                    SELECT state, backend_xid, backend_xmin FROM pg_stat_activity JOIN pg_locks l USING (pid)
                    WHERE l.locktype = 'advisory' AND l.objsubid = 1
                        AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('dayhaul.run.1', 0)
                        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """)
                #expect(holders == "idle in transaction||")
                run.send(SIGKILL)
            }
            #expect(killed.status == .killed(signal: SIGKILL))
            try await eventually("the end of the run's lock", within: .seconds(30)) { try await boss.warehouse.psql(dead) == "t" }
            #expect(try await boss.warehouse.psql(Pooler.locks) == "0")
            #expect(try await boss.through(pooler).dayhaul(["ingest"] + Self.days).status == .exited(0))
        }
    }

    @Test("limits hold over all runs: one waits for the loader that another has")
    func limits() async throws {
        try await withPooledTenant(sessions: 8) { pooler, boss in
            let point = try #require(CrashPoint.variable)
            let one = ["DAYHAUL_LIMITS_LOADERS": "1"]
            let client = try boss.through(pooler)
            let first = try await client.dayhaul(
                ["ingest", "--from", "2025-09-01", "--to", "2025-09-01"],
                environment: one.merging([point: "table.filled:stop"]) { $1 }
            ) { first in
                try await first.wait(for: "the loading") { first.isStopped }
                let second = try await client.dayhaul(["ingest", "--from", "2025-09-03", "--to", "2025-09-04"], environment: one) {
                    second in
                    try await second.wait(for: "the wait") { try second.errorsSoFar().contains("other runs load into the warehouse") }
                    #expect(try await boss.ask("SELECT count(*) FROM _wh.ledger") == "0")
                    first.send(SIGCONT)
                }
                #expect(second.status == .exited(0), "\(second.errors)")
            }
            #expect(first.status == .exited(0), "\(first.errors)")
            #expect(try await boss.ask("SELECT count(*) FROM _wh.ledger") == "3")
            #expect(try await boss.warehouse.psql(Pooler.locks) == "0")
        }
    }

    @Test("a tenant's replica is read through one, too")
    func source() async throws {
        try await withTenantSource(days: 5) { source in
            try await withInitialisedOperator { boss in
                let replica = source.primary.shown(by: source.replica)
                try await withPooler(before: replica, login: source.reader, password: source.password, sessions: 2) { pooler in
                    try await boss.add("tenant_a", source, port: pooler.port)
                    for command in [["ingest"], ["ingest", "--force"], ["verify"]] {
                        let ended = try await boss.dayhaul(command + Self.days)
                        #expect(ended.status == .exited(0), "\(command): \(ended.errors)")
                    }
                    #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "1000")
                    #expect(try await pooler.psql("SHOW default_transaction_read_only") == "off")
                }
            }
        }
    }

    @Test("a pool without transactions is refused, with PgBouncer's own word")
    func statementMode() async throws {
        try await withInitialisedOperator { boss in
            try await withPooler(boss, .statement) { pooler in
                let ended = try await boss.through(pooler).dayhaul("worker", "--drain")
                #expect(ended.status == .exited(1) && ended.errors.contains("statement pooling"), "\(ended.errors)")
            }
        }
    }
}
