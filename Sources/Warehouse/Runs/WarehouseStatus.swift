public import Postgres

/// What `status` shows: coverage, freshness, the last runs, what is running, and what waits.
public struct WarehouseStatus: Sendable, Codable {
    /// A report of a tenant.
    public struct Coverage: Sendable, Codable {
        /// Whose.
        public let tenant: String
        /// Which.
        public let report: String
        /// Where.
        public let schema: String
        /// Whether the nightly run reads it.
        public let enabled: Bool
        /// Whether the tenant is enabled.
        public let tenantEnabled: Bool
        /// Whether the report is enabled.
        public let reportEnabled: Bool
        /// Days in the warehouse.
        public let days: Int
        /// The earliest, as an ISO date.
        public let firstDay: String?
        /// The latest, as an ISO date.
        public let lastDay: String?
        /// The day from which on gaps are counted, and filled by the nightly run, as an ISO date; nil before anything
        /// was loaded.
        public let gapsFrom: String?
        /// Days missing between that day and today; those that were dropped are not among them.
        public let gaps: Int
        /// Days that will be read again because the replica was behind.
        public let provisional: Int
        /// Days that were published although they are not all that their report expects.
        public let warnings: Int
        /// Rows of all days.
        public let rows: Int
        /// When a day was last read from the source.
        public let checkedAt: String?
    }

    /// A run.
    public struct Run: Sendable, Codable {
        /// `_wh.runs.run_id`
        public let run: Int
        /// ingest or run.
        public let kind: String
        /// When.
        public let startedAt: String
        /// How it ended; nil while it goes on, and for one that ended without a word.
        public let outcome: String?
        /// Whether its process is still connected, as far as the warehouse can tell.
        public let isRunning: Bool
        /// Days planned.
        public let planned: Int
        /// Days dealt with so far.
        public let finished: Int
        /// Of these, those that failed.
        public let failed: Int
        /// Rows.
        public let rows: Int?
        /// How long it took, or has taken.
        public let seconds: Double
        /// Of the first failure.
        public let error: String?
    }

    /// One a tenant and report.
    public let coverage: [Coverage]
    /// The last ten, newest first.
    public let runs: [Run]
    /// What was asked for in SQL.
    public let queue: QueueStatus
    /// Days that are not in their tenant's schema.
    public let elsewhere: [DaysElsewhere]

    /// Reads the ledger and the run log.
    public static func read(_ connection: Connection) async throws -> WarehouseStatus {
        let coverage = try await connection.query(
            """
            SELECT c.tenant_name, m.template_name, coalesce(c.target_schema, c.tenant_name) AS schema_name, c.enabled AND m.enabled AS enabled,
                c.enabled AS tenant_enabled, m.enabled AS report_enabled,
                count(l.day) AS days, min(l.day) AS first_day, max(l.day) AS last_day,
                t.first_day AS gaps_from, t.gaps,
                count(*) FILTER (WHERE l.provisional) AS provisional,
                count(*) FILTER (WHERE l.expectations @> '[{"passed": false}]') AS warnings, coalesce(sum(l.rows), 0) AS rows, max(l.checked_at) AS checked_at
            FROM _wh.tenant_connections c CROSS JOIN _wh.mv_templates m
            LEFT JOIN LATERAL (
                SELECT r.first_day, CASE WHEN r.first_day <= today THEN _wh.days_in(
                    _wh.missing_days(r.schema_name, r.template_name, r.first_day, today, _wh.zone_of(r))) END AS gaps
                FROM _wh.report_targets r CROSS JOIN LATERAL (SELECT _wh.today_in(r.time_zone) AS today) clock
                WHERE r.schema_name = coalesce(c.target_schema, c.tenant_name) AND r.template_name = m.template_name
            ) t ON true
            LEFT JOIN _wh.loaded_days l ON l.schema_name = coalesce(c.target_schema, c.tenant_name) AND l.template_name = m.template_name
            GROUP BY c.tenant_name, m.template_name, t.first_day, t.gaps ORDER BY c.tenant_name, m.template_name
            """
        ).rows.map { row in
            Coverage(
                tenant: try row.value("tenant_name"), report: try row.value("template_name"), schema: try row.value("schema_name"),
                enabled: try row.value("enabled"), tenantEnabled: try row.value("tenant_enabled"),
                reportEnabled: try row.value("report_enabled"), days: try row.value("days"), firstDay: row["first_day"],
                lastDay: row["last_day"], gapsFrom: row["gaps_from"], gaps: row["gaps"].flatMap { Int($0) } ?? 0,
                provisional: try row.value("provisional"),
                warnings: try row.value("warnings"), rows: try row.value("rows"),
                checkedAt: row["checked_at"])
        }
        let runs = try await connection.query(
            """
            SELECT r.run_id, r.kind, r.started_at, r.outcome, r.planned, r.rows,
                extract(epoch FROM coalesce(r.finished_at, clock_timestamp()) - r.started_at)::float8 AS seconds,
                count(e.*) AS finished, count(e.*) FILTER (WHERE e.outcome = 'failed') AS failed,
                coalesce((array_agg(e.tenant_name || ' ' || e.template_name || ' ' || e.day || ': ' || e.message ORDER BY e.at)
                    FILTER (WHERE e.outcome = 'failed'))[1], split_part(r.message, E'\\n', 1)) AS error,
                r.outcome IS NULL AND NOT pg_try_advisory_xact_lock_shared(hashtextextended('dayhaul.run.' || r.run_id, 0)) AS running
            FROM (SELECT * FROM _wh.runs ORDER BY run_id DESC LIMIT 10) r LEFT JOIN _wh.run_events e USING (run_id)
            GROUP BY r.run_id, r.kind, r.started_at, r.finished_at, r.outcome, r.planned, r.rows, r.message ORDER BY r.run_id DESC
            """
        ).rows.map { row in
            Run(
                run: try row.value("run_id"), kind: try row.value("kind"), startedAt: try row.value("started_at"), outcome: row["outcome"],
                isRunning: try row.value("running"), planned: try row.value("planned"), finished: try row.value("finished"),
                failed: try row.value("failed"), rows: row["rows"].flatMap { Int($0) }, seconds: try row.value("seconds"),
                error: row["error"])
        }
        return WarehouseStatus(
            coverage: coverage, runs: runs, queue: try await QueueStatus.read(connection),
            elsewhere: try await DaysElsewhere.all(connection))
    }
}
