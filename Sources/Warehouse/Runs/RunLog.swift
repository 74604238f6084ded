import PlainText
public import Postgres

/// Writes `_wh.runs` and `_wh.run_events`: what was asked for, and what became of each day.
public enum RunLog {
    /// Which command started a run.
    public enum Kind: String, Sendable {
        /// A manual re-ingest.
        case ingest
        /// The nightly batch.
        case run
    }

    /// Registers a run and returns its id; see `hold`.
    ///
    /// `plan` says what the run was asked for: equal for runs that do the same. `request` is that of which it carries out a part.
    public static func start(
        _ kind: Kind, plan: String, engine: String, host: String, process: Int32, planned: Int, request: Int64? = nil,
        _ connection: Connection
    ) async throws -> Int64 {
        let id = try await connection.query(
            "INSERT INTO _wh.runs (kind, plan, engine, host, process_id, planned, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING run_id",
            [kind.rawValue, plan, engine, host, String(process), String(planned), request.map { String($0) }]
        ).scalar
        guard let id = id.flatMap({ Int64($0) }) else { throw WarehouseError(.notInitialised, "the run could not be registered") }
        return id
    }

    /// Takes the lock that tells that the run lives, for as long as the session does.
    public static func hold(_ run: Int64, _ connection: Connection) async throws {
        try await connection.query("SELECT pg_try_advisory_lock(hashtextextended('dayhaul.run.' || $1, 0))", [String(run)])
    }

    /// Runs that were asked for the same and died without a word in the last six hours, newest first: what they had read of days that were
    /// over is still good. Older snapshots are not, and late rows may have come since.
    public static func dead(asked plan: String, _ connection: Connection) async throws -> [Int64] {
        try await connection.query(
            """
            SELECT run_id FROM _wh.runs
            WHERE plan = $1 AND outcome IS NULL AND started_at > clock_timestamp() - interval '6 hours'
                AND pg_try_advisory_xact_lock_shared(hashtextextended('dayhaul.run.' || run_id, 0))
            ORDER BY run_id DESC
            """, [plan]
        ).values.compactMap { ($0.first ?? nil).flatMap { Int64($0) } }
    }

    /// Notes what became of a day.
    public static func note(_ event: RunEvent, run: Int64, _ connection: Connection) async throws {
        try await connection.query(
            """
            INSERT INTO _wh.run_events (run_id, tenant_name, template_name, schema_name, day, outcome, rows, inserted, deleted, seconds,
                code, sqlstate, message, hint)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            [
                String(run), event.tenant, event.report, event.schema, event.day, event.outcome, event.rows.map { String($0) },
                event.inserted.map { String($0) }, event.deleted.map { String($0) }, String(event.seconds), event.code, event.sqlstate,
                event.message.map(PlainText.line), event.hint.map(PlainText.line),
            ])
    }

    /// Removes runs of more than ninety days ago with their events, a hundred at most, so that what is backed up does not grow for ever.
    public static func removeOld(_ connection: Connection) async throws {
        try await connection.query(
            """
            DELETE FROM _wh.runs WHERE run_id IN (
                SELECT run_id FROM _wh.runs WHERE started_at < clock_timestamp() - interval '90 days' ORDER BY started_at LIMIT 100
                FOR UPDATE SKIP LOCKED)
            """)
    }

    /// Notes how a run ended; `message` is about what failed besides days, a line each.
    public static func finish(_ run: Int64, outcome: String, rows: Int, bytes: Int, message: String?, _ connection: Connection) async throws
    {
        try await connection.query(
            "UPDATE _wh.runs SET finished_at = clock_timestamp(), outcome = $2, rows = $3, bytes = $4, message = $5 WHERE run_id = $1",
            [String(run), outcome, String(rows), String(bytes), message.map(PlainText.lines)])
    }
}

/// What became of one day in a run.
public struct RunEvent: Sendable {
    /// Whose day.
    public var tenant: String
    /// Of which report.
    public var report: String
    /// In which schema.
    public var schema: String
    /// ISO date.
    public var day: String
    /// loaded, merged, unchanged, skipped or failed.
    public var outcome: String
    /// Rows of the day; nil when it failed.
    public var rows: Int?
    /// Rows written to its table.
    public var inserted: Int?
    /// Rows taken from its table.
    public var deleted: Int?
    /// From the start of its slice's read to its commit.
    public var seconds: Double
    /// Of a failure.
    public var code: String?
    /// Of a failure that a server reported.
    public var sqlstate: String?
    /// Of a failure; why a day was skipped; warnings of one that was published.
    public var message: String?
    /// What to do about it.
    public var hint: String?

    /// A day without a failure so far.
    public init(tenant: String, report: String, schema: String, day: String, outcome: String, rows: Int?, seconds: Double) {
        self.tenant = tenant
        self.report = report
        self.schema = schema
        self.day = day
        self.outcome = outcome
        self.rows = rows
        self.seconds = seconds
    }
}
