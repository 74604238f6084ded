public import Postgres
public import PostgresBinary
import SQLText

/// A report of a tenant of which the warehouse has something, and which of its days are read.
public struct LoadedReport: Sendable, Equatable {
    /// Whose.
    public let tenant: String
    /// Which.
    public let report: String
    /// Where.
    public let schema: String
    /// The day from which on the nightly run fills gaps; nil where nothing was loaded yet.
    public let firstDay: CalendarDate?
    /// Days that were dropped for good, in order.
    public let dropped: [TargetDays.Span]
    /// Today in the report's time zone.
    public let today: CalendarDate

    /// What the warehouse has of a report for a tenant. Throws `unknownTenant`, `unknownReport` and `nothingLoaded`.
    public static func named(
        _ report: String, of tenant: String, _ connection: Connection
    ) async throws -> LoadedReport {
        let tenant = try await TenantCatalogue.named(tenant, connection)
        let reports = try await connection.query("SELECT template_name FROM _wh.mv_templates ORDER BY 1").values
            .compactMap {
                $0.first ?? nil
            }
        guard reports.contains(report) else {
            throw WarehouseError(
                .unknownReport, "no report is called \(report)",
                hint: reports.isEmpty
                    ? "dayhaul report list" : "there are \(reports.prefix(12).joined(separator: ", "))")
        }
        let target = try await connection.query(
            """
            SELECT first_day, _wh.today_in(time_zone) AS today FROM _wh.report_targets WHERE schema_name = $1 AND template_name = $2
            """, [tenant.schema, report]
        ).rows.first
        guard let target else {
            throw WarehouseError(
                .nothingLoaded, "nothing of report \(report) is in the warehouse for tenant \(tenant.name)",
                hint:
                    "load some days first: dayhaul ingest --from DAY --to DAY --tenant \(Shell.word(tenant.name)) --report \(Shell.word(report))"
            )
        }
        let spans = try await connection.query(
            """
            SELECT lower(r) AS first, upper(r) - 1 AS last FROM _wh.report_targets t, unnest(t.dropped) r
            WHERE t.schema_name = $1 AND t.template_name = $2 ORDER BY r
            """, [tenant.schema, report]
        ).rows
        return LoadedReport(
            tenant: tenant.name, report: report, schema: tenant.schema,
            firstDay: target["first_day"].flatMap { CalendarDate($0) },
            dropped: try spans.map { row in
                let (first, last): (CalendarDate, CalendarDate) = (try row.value("first"), try row.value("last"))
                return first...max(first, last)
            }, today: try target.value("today"))
    }

    /// Lets the nightly run fill gaps from another day on. Throws `invalidDay` for one after today, and for one that
    /// looks mistyped unless it is `confirmed`. Nothing is changed by a `dryRun`.
    public func setFirstDay(_ day: CalendarDate, confirmed: Bool, dryRun: Bool, _ connection: Connection) async throws {
        guard day <= today else {
            throw WarehouseError(
                .invalidDay, "\(day) is after today, \(today)", hint: "a day can be read once it has begun")
        }
        if !confirmed, let doubt = try await TargetDays.doubt(about: day...today, schema: schema, report: report, connection) {
            throw WarehouseError(
                .invalidDay, "\(doubt): it looks mistyped", hint: "if it is meant, give the command with --yes")
        }
        if dryRun { return }
        try await connection.query(
            "UPDATE _wh.report_targets SET first_day = $3 WHERE schema_name = $1 AND template_name = $2",
            [schema, report, day.description])
    }

    /// Lets dropped days be read again. Returns how many there were.
    @discardableResult
    public func restore(_ span: TargetDays.Span, dryRun: Bool, _ connection: Connection) async throws -> Int {
        let restored = dropped.reduce(0) { sum, days in
            let (first, last) = (max(days.lowerBound, span.lowerBound), min(days.upperBound, span.upperBound))
            return sum + (first <= last ? first.distance(to: last) + 1 : 0)
        }
        if restored > 0, !dryRun {
            try await connection.query(
                """
                UPDATE _wh.report_targets SET dropped = dropped - datemultirange(daterange($3, $4, '[]'))
                WHERE schema_name = $1 AND template_name = $2
                """, [schema, report, span.lowerBound.description, span.upperBound.description])
        }
        return restored
    }
}
