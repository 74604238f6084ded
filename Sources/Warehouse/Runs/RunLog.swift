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

    /// Registers a run and returns its id. The session holds a lock for as long as it lives, which tells that the run does.
    public static func start(_ kind: Kind, engine: String, host: String, process: Int32, planned: Int, _ connection: Connection)
        async throws -> Int64
    {
        let id = try await connection.query(
            "INSERT INTO _wh.runs (kind, engine, host, process_id, planned) VALUES ($1, $2, $3, $4, $5) RETURNING run_id",
            [kind.rawValue, engine, host, String(process), String(planned)]
        ).scalar
        guard let id = id.flatMap({ Int64($0) }) else { throw WarehouseError(.notInitialised, "the run could not be registered") }
        try await connection.query("SELECT pg_advisory_lock(hashtextextended('dayhaul.run.' || $1, 0))", [String(id)])
        return id
    }

    /// Notes what became of a day.
    public static func note(_ event: RunEvent, run: Int64, _ connection: Connection) async throws {
        try await connection.query(
            """
            INSERT INTO _wh.run_events (run_id, tenant_name, template_name, schema_name, day, outcome, rows, seconds, code, sqlstate, message, hint)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                String(run), event.tenant, event.report, event.schema, event.day, event.outcome, event.rows.map { String($0) },
                String(event.seconds), event.code, event.sqlstate, event.message, event.hint,
            ])
    }

    /// Notes how a run ended; `message` is about what failed besides days.
    public static func finish(_ run: Int64, outcome: String, rows: Int, bytes: Int, message: String?, _ connection: Connection) async throws
    {
        try await connection.query(
            "UPDATE _wh.runs SET finished_at = clock_timestamp(), outcome = $2, rows = $3, bytes = $4, message = $5 WHERE run_id = $1",
            [String(run), outcome, String(rows), String(bytes), message])
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
    /// From the start of its slice's read to its commit.
    public var seconds: Double
    /// Of a failure.
    public var code: String?
    /// Of a failure that a server reported.
    public var sqlstate: String?
    /// Of a failure.
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
