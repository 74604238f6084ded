public import Postgres

/// How much waits in the queue, and who works on it.
public struct QueueStatus: Sendable, Codable, Equatable {
    /// Requests that nobody has begun.
    public let waiting: Int
    /// For how long the oldest of them has waited, in seconds; nil when there is none.
    public let oldestWaitingSeconds: Double?
    /// Requests that were begun, those that wait for their next slice or to be tried again among them.
    public let running: Int
    /// Requests of the last 24 hours that did not do all that was asked.
    public let failedLastDay: Int
    /// Workers that were heard of within their leases.
    public let workers: Int

    /// Reads the queue.
    public static func read(_ connection: Connection) async throws -> QueueStatus {
        let row = try await connection.query(
            """
            SELECT count(*) FILTER (WHERE state = 'queued') AS waiting, count(*) FILTER (WHERE state = 'running') AS running,
                extract(epoch FROM clock_timestamp() - min(requested_at) FILTER (WHERE state = 'queued'))::float8 AS oldest,
                count(*) FILTER (WHERE state IN ('partial', 'failed') AND finished_at > clock_timestamp() - interval '24 hours') AS failed,
                (SELECT count(*) FROM _wh.workers WHERE seen_at > clock_timestamp() - lease) AS workers
            FROM _wh.queue WHERE finished_at IS NULL OR finished_at > clock_timestamp() - interval '24 hours'
            """
        ).rows.first
        return QueueStatus(
            waiting: try row?.value("waiting") ?? 0, oldestWaitingSeconds: row?["oldest"].flatMap { Double($0) },
            running: try row?.value("running") ?? 0, failedLastDay: try row?.value("failed") ?? 0, workers: try row?.value("workers") ?? 0)
    }
}
