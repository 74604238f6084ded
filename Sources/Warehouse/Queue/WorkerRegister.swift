public import Postgres

/// Reads and writes `_wh.workers`: who carries requests out, and since when nothing was heard of them.
public enum WorkerRegister {
    /// Notes that a worker lives, whose leases last for so long without a word from it.
    public static func note(
        _ worker: String, host: String, process: Int32, engine: String, lease: Duration, _ connection: Connection
    ) async throws {
        try await connection.query(
            """
            INSERT INTO _wh.workers (worker, host, process_id, engine, lease) VALUES ($1, $2, $3, $4, make_interval(secs => $5))
            ON CONFLICT (worker) DO UPDATE SET seen_at = clock_timestamp()
            """, [worker, host, String(process), engine, String(lease / .seconds(1))])
    }

    /// Workers that were not heard of for longer than their leases, and did not say that they end: dead, or standing still.
    public static func lost(_ connection: Connection) async throws -> [String] {
        try await connection.query("SELECT worker FROM _wh.workers WHERE seen_at < clock_timestamp() - lease - interval '5 seconds'").values
            .compactMap { $0.first ?? nil }
    }

    /// Forgets workers that have ended. One that stood still, and goes on, notes itself again.
    public static func remove(_ workers: [String], _ connection: Connection) async throws {
        try await connection.query("DELETE FROM _wh.workers WHERE worker IN (SELECT json_array_elements_text($1))", [json(workers)])
    }
}
