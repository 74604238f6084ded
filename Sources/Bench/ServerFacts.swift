import Postgres
import Sizing

/// What a server says of itself.
struct ServerFacts: Sendable, Equatable {
    /// `server_version`
    let version: String
    /// Settings that bear on loading and are not PostgreSQL's defaults.
    let settings: [Provenance.Setting]
    /// Whether commits wait for the disk.
    let fsync: Bool
    /// Its date, UTC.
    let today: String

    /// Names and values only of these: others may tell what is nobody's business, such as a path or a host.
    private static let relevant = [
        "autovacuum", "bgwriter_delay", "bgwriter_lru_maxpages", "checkpoint_completion_target", "checkpoint_timeout", "commit_delay",
        "default_statistics_target", "effective_cache_size", "effective_io_concurrency", "fsync", "full_page_writes", "huge_pages", "jit",
        "maintenance_io_concurrency", "maintenance_work_mem", "max_connections", "max_parallel_maintenance_workers",
        "max_parallel_workers_per_gather", "max_wal_size", "min_wal_size", "random_page_cost", "shared_buffers", "synchronous_commit",
        "temp_buffers", "wal_buffers", "wal_compression", "wal_level", "wal_writer_delay", "work_mem",
    ]

    static func read(_ server: ConnectionParameters) async throws -> ServerFacts {
        try await Connection.with(server) { connection in
            let rows = try await connection.query(
                """
                SELECT name, current_setting(name) AS value, source NOT IN ('default', 'client', 'override', 'session') AS is_changed
                FROM pg_settings WHERE name = ANY ($1::text[]) ORDER BY name
                """, ["{\(relevant.joined(separator: ","))}"]
            ).rows
            let changed = try rows.filter { try $0.value("is_changed") }
            return ServerFacts(
                version: connection.serverParameter("server_version") ?? "unknown",
                settings: try changed.map { Provenance.Setting(try $0.value("name"), try $0.value("value")) },
                fsync: rows.contains { $0["name"] == "fsync" && $0["value"] == "on" },
                today: try await connection.query("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')").scalar ?? "")
        }
    }

    /// Commits a second of one session, each of which makes one row durable.
    static func commitsPerSecond(_ session: Connection) async throws -> Double {
        try await session.query("CREATE TABLE _wh.bench_commits (n integer)")
        let count = 30
        let start = ContinuousClock.now
        for n in 1...count { try await session.query("INSERT INTO _wh.bench_commits VALUES ($1)", ["\(n)"]) }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try await session.query("DROP TABLE _wh.bench_commits")
        return Double(count) / max(seconds, 1e-9)
    }
}
