public import Postgres
public import PostgresBinary
public import Reports

/// Reads `_wh.ledger`. Rows of it are written by `DayPublisher`, in the transaction that publishes the day.
public enum Ledger {
    /// The days of a report in a schema between two days, both included; one whose table is gone is not there.
    public static func days(
        schema: String, report: String, from: CalendarDate, to: CalendarDate, _ connection: Connection
    ) async throws -> [CalendarDate: LedgerEntry] {
        try await days(
            "day BETWEEN $3 AND $4", [schema, report, from.description, to.description], connection)
    }

    /// Those of the days that the nightly run looks at again: all from `since` to `today`, and older ones that are
    /// provisional or were read with another version of the report.
    public static func unsettledDays(
        schema: String, report: ReportDefinition, since: CalendarDate, today: CalendarDate, _ connection: Connection
    ) async throws -> [CalendarDate: LedgerEntry] {
        try await days(
            "day <= $4 AND (day >= $3 OR provisional OR template_version <> $5)",
            [schema, report.name, since.description, today.description, report.version], connection)
    }

    private static func days(
        _ condition: String, _ values: [String?], _ connection: Connection
    ) async throws -> [CalendarDate: LedgerEntry] {
        let rows = try await connection.query(
            """
            SELECT day, day_table, rows, digest, template_version, provisional, system_identifier, timeline, replay_lsn, loaded_at
            FROM _wh.loaded_days WHERE schema_name = $1 AND template_name = $2 AND \(condition)
            """, values
        ).rows
        var days: [CalendarDate: LedgerEntry] = [:]
        for row in rows {
            let day: CalendarDate = try row.value("day")
            days[day] = LedgerEntry(
                day: day, table: try row.value("day_table"), rows: try row.value("rows"), digest: try row.value("digest"),
                reportVersion: try row.value("template_version"), isProvisional: try row.value("provisional"),
                position: SourcePosition(row), loadedAt: try row.value("loaded_at"))
        }
        return days
    }

    /// Rows of the days of some reports together, by schema and day.
    public static func rows(schemas: [String], reports: [String], _ connection: Connection) async throws -> [String: [CalendarDate: Int]] {
        let sums = try await connection.query(
            """
            SELECT schema_name, day, sum(rows)::bigint AS rows FROM _wh.ledger
            WHERE schema_name IN (SELECT json_array_elements_text($1)) AND template_name IN (SELECT json_array_elements_text($2))
            GROUP BY schema_name, day
            """, [json(schemas), json(reports)]
        ).rows
        var rows: [String: [CalendarDate: Int]] = [:]
        for sum in sums { rows[try sum.value("schema_name"), default: [:]][try sum.value("day")] = try sum.value("rows") }
        return rows
    }
}
