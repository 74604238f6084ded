import CrashPoints
public import Postgres
public import PostgresBinary
import SQLText

/// What dropping days of a report takes away for good: found out first, shown, then taken away.
///
/// First the days are noted as dropped, so that no run reads them any more. Their tables and what the ledger knows of
/// them follow a few at a time; interrupted, the same removal goes on where it was.
public struct DayRemoval: Sendable {
    /// Of which report and tenant.
    public let target: LoadedReport
    /// The days, whether they are in the warehouse or not.
    public let span: TargetDays.Span
    /// Those that are in the warehouse, in order.
    public let days: [Day]

    /// A day that is in the warehouse.
    public struct Day: Sendable, Equatable {
        /// The day.
        public let day: CalendarDate
        /// Its rows.
        public let rows: Int
        let table: String
        /// Locks that dropping its table takes.
        let locks: Int
    }

    /// Finds out what dropping days from a first to a last takes away. Throws as `LoadedReport.named`, and `invalidDay`
    /// for days that have not begun.
    public static func plan(
        _ span: TargetDays.Span, of target: LoadedReport, _ connection: Connection
    ) async throws -> DayRemoval {
        guard span.upperBound <= target.today else {
            throw WarehouseError(
                .invalidDay, "\(span.upperBound) is after today, \(target.today)",
                hint: "days that have not begun cannot be dropped")
        }
        return DayRemoval(target: target, span: span, days: try await known(span, target, connection))
    }

    private static func known(_ span: TargetDays.Span, _ target: LoadedReport, _ connection: Connection) async throws
        -> [Day]
    {
        try await connection.query(
            """
            SELECT l.day, l.rows, l.day_table, \(LockBudget.toDrop("to_regclass(format('%I.%I', l.schema_name, l.day_table))")) AS locks
            FROM _wh.ledger l WHERE l.schema_name = $1 AND l.template_name = $2 AND l.day BETWEEN $3 AND $4 ORDER BY l.day
            """, [target.schema, target.report, span.lowerBound.description, span.upperBound.description]
        ).rows.map { row in
            Day(
                day: try row.value("day"), rows: try row.value("rows"), table: try row.value("day_table"),
                locks: try row.value("locks"))
        }
    }

    /// Throws `tenantHasData` when something that is not the engine's reads one of the tables, naming it.
    public func check(_ connection: Connection) async throws {
        let tables = days.map { SQL.identifier(target.schema, $0.table) }
        let views = try await DependentView.of(tables, connection).map(\.title)
        guard views.isEmpty else {
            throw WarehouseError(
                .tenantHasData,
                "views of others read tables of these days: \(views.prefix(10).joined(separator: ", "))",
                hint: "change or drop those views first")
        }
        try await ForeignDependent.refuse(on: tables, connection)
    }

    /// Drops the days. `progress` gets how many days of the range are dealt with.
    ///
    /// Throws as `check`, and `stillPublishing` when others hold locks on a day for longer than half a minute: the days
    /// before it are gone, and all are noted as dropped.
    public func carryOut(_ connection: Connection, progress: (_ done: Int, _ days: Int) -> Void = { _, _ in })
        async throws
    {
        try await check(connection)
        let locks = Dictionary(days.map { ($0.day, $0.locks) }, uniquingKeysWith: max)
        // A day that is being published now may be in no ledger yet: its lock is waited for, and then it is.
        let batches = try await LockBudget(connection).batches(of: Array(span)) { 1 + (locks[$0] ?? 1) }
        var done = 0
        do {
            _ = try await connection.whenUnlocked {
                try await connection.query(
                    """
                    UPDATE _wh.report_targets SET dropped = dropped + datemultirange(daterange($3, $4, '[]'))
                    WHERE schema_name = $1 AND template_name = $2
                    """, [target.schema, target.report, span.lowerBound.description, span.upperBound.description])
            }
            for batch in batches {
                guard let first = batch.first, let last = batch.last else { continue }
                try await connection.whenUnlocked { try await drop(first...last, connection) }
                done += batch.count
                CrashPoint.daysDropped.reach()
                progress(done, span.count)
                try Task.checkCancellation()
            }
        } catch let error as PostgresError where error.sqlstate?.code == "55P03" {
            throw WarehouseError(
                .stillPublishing, "others hold locks on days of \(target.schema).\(target.report): \(error.message)",
                hint: "the same command goes on where it was")
        }
    }

    private func drop(_ days: TargetDays.Span, _ connection: Connection) async throws {
        let bounds = [days.lowerBound.description, days.upperBound.description]
        try await connection.query(
            """
            SELECT pg_advisory_xact_lock(_wh.day_key($1, $2, $3::date + n)) FROM generate_series(0, $4::date - $3::date) n
            """, [target.schema, target.report] + bounds)
        let known = try await Self.known(days, target, connection)
        guard !known.isEmpty else { return }
        try await connection.query(
            "DROP TABLE IF EXISTS \(known.map { SQL.identifier(target.schema, $0.table) }.joined(separator: ", "))")
        try await connection.query(
            "DELETE FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2 AND day BETWEEN $3 AND $4",
            [target.schema, target.report] + bounds)
    }
}
