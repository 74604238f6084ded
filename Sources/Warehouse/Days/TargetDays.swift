public import Postgres
public import PostgresBinary
public import Reports

/// Which days of a report in a schema are read: since when gaps are filled, and which days are left out.
public struct TargetDays: Sendable, Equatable {
    /// Days from the first to the last, both included.
    public typealias Span = ClosedRange<CalendarDate>

    /// Days that `dayhaul day drop` removed for good, in order.
    public let dropped: [Span]
    /// Days that the report's time zone left out, in order. Only where the day column holds instants: elsewhere every
    /// day of the calendar may have rows.
    public let skipped: [Span]
    /// Days that are not in the warehouse and are none of these, in order.
    public let missing: [Span]

    /// Reads what is left out and what is missing among the days of a window.
    public static func read(schema: String, _ report: ReportDefinition, _ window: Span, _ connection: Connection)
        async throws -> TargetDays
    {
        let isInstant = report.columns[report.dayColumn].type.oid == ColumnType.timestampTZ.oid
        let rows = try await connection.query(
            """
            SELECT kind, lower(r) AS first, upper(r) - 1 AS last
            FROM (
                SELECT 'dropped' AS kind, t.dropped * datemultirange(daterange($3, $4, '[]')) AS days
                FROM _wh.report_targets t WHERE t.schema_name = $1 AND t.template_name = $2
                UNION ALL SELECT 'skipped', _wh.skipped_days($5, $3, $4)
                UNION ALL SELECT 'missing', _wh.missing_days($1, $2, $3, $4, $5)) found, unnest(days) r
            ORDER BY kind, first
            """,
            [
                schema, report.name, window.lowerBound.description, window.upperBound.description,
                isInstant ? report.timeZone : nil,
            ]
        ).rows
        func spans(_ kind: String) throws -> [Span] {
            try rows.filter { $0["kind"] == kind }.map { row in
                let (first, last): (CalendarDate, CalendarDate) = (try row.value("first"), try row.value("last"))
                return first...max(first, last)
            }
        }
        return TargetDays(dropped: try spans("dropped"), skipped: try spans("skipped"), missing: try spans("missing"))
    }

    /// The day from which on the nightly run fills gaps; nil before anything was loaded.
    public static func first(schema: String, report: String, _ connection: Connection) async throws -> CalendarDate? {
        try await connection.query(
            "SELECT first_day FROM _wh.report_targets WHERE schema_name = $1 AND template_name = $2", [schema, report]
        ).scalar.flatMap { CalendarDate($0) }
    }

    /// Why a range of days looks mistyped; nil when it does not.
    public static func doubt(
        about days: Span, schema: String, report: String, _ connection: Connection
    ) async throws -> String? {
        try await connection.query(
            "SELECT _wh.implausible($1, $2, $3, $4)",
            [schema, report, days.lowerBound.description, days.upperBound.description]
        ).scalar
    }

    /// Whether a day was dropped.
    static func isDropped(_ day: CalendarDate, schema: String, report: String, _ connection: Connection) async throws
        -> Bool
    {
        try await connection.query(
            "SELECT FROM _wh.report_targets WHERE schema_name = $1 AND template_name = $2 AND dropped @> $3::date",
            [schema, report, day.description]
        ).values.count == 1
    }
}
