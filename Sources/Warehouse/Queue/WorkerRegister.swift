public import Postgres

/// Reads and writes `_wh.workers`: who carries requests out, and since when nothing was heard of them.
public enum WorkerRegister {
    /// Notes that a worker lives.
    public static func note(
        _ worker: String, host: String, process: Int32, engine: String, _ connection: Connection
    ) async throws {
        try await connection.query(
            """
            INSERT INTO _wh.workers (worker, host, process_id, engine) VALUES ($1, $2, $3, $4)
            ON CONFLICT (worker) DO UPDATE SET seen_at = clock_timestamp()
            """, [worker, host, String(process), engine])
    }

    /// Notes that a worker has ended, and forgets those that were not heard of for a day.
    public static func remove(_ worker: String, _ connection: Connection) async throws {
        try await connection.query(
            "DELETE FROM _wh.workers WHERE worker = $1 OR seen_at < clock_timestamp() - interval '1 day'", [worker])
    }
}
