@testable import Ingest
import Synchronization
import TestKit
import Testing

/// Two tenants with the same rows: `tenant_a` is read through a proxy and meets the fault, `tenant_b` is its twin and meets none.
struct Twins: Sendable {
    static let first = "2025-09-20"
    static let last = "2025-09-24"
    /// Ten megabytes of rows: more than the sockets between a server and a proxy that stands still can hold.
    static let bulkQuery = Readings.windowQuery.replacing("v FROM", with: "v || repeat('x', 200000) AS v FROM")
    /// Three seconds of rows, each sent at once and none that a socket would not take: the server is never held up.
    static let slowQuery = Readings.windowQuery.replacing(
        "v FROM", with: "v || repeat('x', 10000) || left(pg_sleep(0.06)::text, 0) AS v FROM")

    var scene: Scene
    /// Where the rows of `tenant_a` are written.
    let primary: TestDatabase
    /// Where they are read.
    let replica: TestDatabase
    /// Where the rows of `tenant_b` are written and read.
    let twin: TestDatabase
    /// Before `replica`.
    let proxy: FaultProxy

    /// As it is, with so many tries before a transient error becomes final.
    func trying(_ attempts: Int) -> Twins {
        var twins = self
        twins.scene.limits.attempts = attempts
        return twins
    }

    /// Changes the rows of both tenants, and waits until they are to be read.
    func change(_ sql: String) async throws {
        for database in [primary, twin] { try await database.psql(sql) }
        try await replay()
    }

    /// Waits until the replica shows what is committed on the primary by now.
    func replay() async throws {
        if replica.cluster !== primary.cluster { try await replica.cluster.waitForReplay(of: primary.cluster) }
    }

    /// Ingests all days of both tenants, or of `tenant`.
    func ingest(_ retries: Retries = Retries(), of tenant: String? = nil) async throws -> RunResult {
        try await scene.ingest(Self.first, Self.last, Selection(tenants: [tenant].compactMap { $0 })) { retries.note($0) }
    }

    /// Waits for the COPY that reads `tenant_a`, and returns the process id of its backend. `condition` is about `pg_stat_activity`.
    func copyUnderWay(_ condition: String = "true") async throws -> Int32 {
        var backend: Int32?
        try await eventually("a COPY of tenant_a where \(condition)", within: .seconds(30)) {
            backend = Int32(
                try await replica.psql(
                    """
                    SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'active' AND query LIKE 'COPY%' AND (\(condition)) LIMIT 1
                    """))
            return backend != nil
        }
        return try #require(backend)
    }

    /// Lets the COPY of `tenant_a` come so far that its backend waits for the proxy, which passes nothing on until it is healed.
    func holdUpCopy(_ hold: () async throws -> Void) async throws {
        proxy.set(.toClient) { $0.bytesPerSecond = 1 << 20 }
        _ = try await copyUnderWay()
        proxy.set(.toClient) { $0.isStalled = true }
        _ = try await copyUnderWay("wait_event = 'ClientWrite'")
        try await hold()
        proxy.heal()
    }

    /// Once the fault is over: another run succeeds, and both tenants then have the same days, rows and digests.
    func expectHealed() async throws {
        proxy.heal()
        let again = try await trying(6).ingest()
        #expect(again.outcome == .done, "\(again.lines)")
        try await expectEqual()
    }

    /// Both tenants have the same days, rows and digests, all of them.
    func expectEqual() async throws {
        let compared = try await scene.database.psql(
            """
            SELECT count(*), sum(a.rows), count(*) FILTER (WHERE a.digest = b.digest AND a.rows = b.rows)
            FROM _wh.ledger a FULL JOIN _wh.ledger b USING (template_name, day)
            WHERE a.schema_name = 'tenant_a' AND b.schema_name = 'tenant_b';
            SELECT (SELECT count(*) FROM (TABLE tenant_a.readings EXCEPT ALL TABLE tenant_b.readings) x)
                + (SELECT count(*) FROM (TABLE tenant_b.readings EXCEPT ALL TABLE tenant_a.readings) x), count(*) FROM tenant_a.readings
            """)
        #expect(compared == "5|50|5\n0|50")
        #expect(try await scene.spillFiles() == [])
    }

    /// What readers see of `tenant_a`: days, rows, and a hash of all values. Empty when nothing of it was ever published.
    func visible() async throws -> String {
        guard try await scene.database.psql("SELECT to_regclass('tenant_a.readings') IS NOT NULL") == "t" else { return "" }
        return try await scene.database.psql(
            """
            SELECT at::date, count(*), md5(string_agg(md5(r::text), '' ORDER BY id)) FROM tenant_a.readings r GROUP BY 1 ORDER BY 1;
            SELECT day, rows, digest FROM _wh.ledger WHERE schema_name = 'tenant_a' ORDER BY day
            """)
    }
}

/// Runs `body` with twins of which `tenant_a` is read from `replica`.
func withTwins(
    from primary: TestDatabase, by replica: TestDatabase, query: String, _ body: (Twins) async throws -> Void
) async throws {
    try await withScene { try await withTwins(from: primary, by: replica, query: query, in: $0, body) }
}

/// As `withTwins(from:by:query:_:)`, in a scene that has no tenants yet.
func withTwins(
    from primary: TestDatabase, by replica: TestDatabase, query: String, in scene: Scene, _ body: (Twins) async throws -> Void
) async throws {
    try await withDatabase { twin in
        try await withFaultProxy(to: replica.port) { proxy in
            let twins = Twins(scene: scene, primary: primary, replica: replica, twin: twin, proxy: proxy)
            try await twins.change(Readings.table)
            try await scene.addTenant("tenant_a", replica, port: proxy.port)
            try await scene.addTenant("tenant_b", twin)
            try await scene.addReport("readings", query, columns: Readings.columns)
            try await body(twins)
        }
    }
}

/// Runs `body` with twins on the shared clusters, which it must not stop.
func withTwins(_ query: String = Twins.bulkQuery, _ body: (Twins) async throws -> Void) async throws {
    try await inTurn {
        try await withStandbyDatabase { source in try await withTwins(from: source.primary, by: source.standby, query: query, body) }
    }
}

/// Runs `body` with twins of which `tenant_a` is on a server of its own, which it may stop and kill.
func withTwinOnOwnServer(_ query: String = Twins.bulkQuery, _ body: (Twins) async throws -> Void) async throws {
    try await inTurn {
        try await SharedClusters.withCluster { cluster in
            try await withDatabase(in: cluster) { try await withTwins(from: $0, by: $0, query: query, body) }
        }
    }
}

/// Runs `body` with twins of which `tenant_a` is on a primary of its own and read from a hot standby of its own.
func withTwinOnOwnStandby(
    _ query: String = Twins.bulkQuery, primary: [String: String] = [:], standby: [String: String] = [:],
    _ body: (Twins) async throws -> Void
) async throws {
    try await inTurn {
        try await SharedClusters.withCluster(settings: primary.merging(["autovacuum": "off"]) { $1 }) { cluster in
            try await withDatabase(in: cluster) { database in
                try await SharedClusters.withStandby(of: cluster, settings: standby) { hot in
                    try await withTwins(from: database, by: database.shown(by: hot), query: query, body)
                }
            }
        }
    }
}

/// What a run tried again: `tenant code sqlstate attempt`, in order.
final class Retries: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func note(_ progress: Progress) {
        guard case .retrying(let tenant, _, let failure, let attempt) = progress else { return }
        let line = [tenant, failure.code, failure.sqlstate, "\(attempt)"].compactMap { $0 }.joined(separator: " ")
        lines.withLock { $0.append(line) }
    }
}

extension RunResult {
    /// The days of a tenant: `outcome`, or for a failure `code sqlstate`; each once, sorted.
    func ends(of tenant: String) -> [String] {
        let ends = days.filter { $0.tenant == tenant }.map { day in
            day.error.map { [$0.code, $0.sqlstate].compactMap { $0 }.joined(separator: " ") } ?? day.outcome.rawValue
        }
        return Set(ends).sorted()
    }
}
