public import Postgres
import PostgresBinary
public import Reports
import SQLText

/// Tries on the warehouse itself what a load of a day would do, and leaves nothing there. Whatever would fail then fails now.
///
/// The rows go into a temporary table, with keys, expectations and indexes: however long that takes, nobody waits for it. Then,
/// in a short transaction that is rolled back, the report's schema, parent, columns and views are made, and an empty table with
/// the indexes is attached as the day.
public enum Rehearsal {
    private static let rows = "dayhaul_rehearsal"
    private struct RolledBack: Error {}

    /// Publishes a day as far as everything but the commit, and returns what its report's expectations warn of. `content` puts
    /// its COPY BINARY stream. Throws what publishing throws.
    public static func run(
        _ report: ReportDefinition, for tenant: Tenant, _ load: DayLoad, _ connection: Connection,
        _ content: DayPublisher.Content
    ) async throws -> [String] {
        let warnings = try await rolledBack(connection) {
            try await tryRows(of: report, for: tenant, load, connection, content)
        }
        try await rolledBack(connection) { try await tryPlace(of: report, for: tenant, load, connection) }
        return warnings
    }

    private static func rolledBack<Result>(_ connection: Connection, _ body: () async throws -> Result) async throws
        -> Result
    {
        var result: Result?
        do {
            try await connection.transaction {
                try await connection.query(
                    "SELECT set_config('lock_timeout', '2s', true), set_config('max_parallel_maintenance_workers', '0', true)"
                )
                result = try await body()
                throw RolledBack()
            }
        } catch is RolledBack {}
        guard let result else { throw CancellationError() }
        return result
    }

    private static func tryRows(
        of report: ReportDefinition, for tenant: Tenant, _ load: DayLoad, _ connection: Connection,
        _ content: DayPublisher.Content
    ) async throws -> [String] {
        let columns = report.columns.map { "\(SQL.identifier($0.name)) \($0.type.name)" }.joined(separator: ", ")
        try await connection.query("CREATE TEMPORARY TABLE \(rows) (\(columns)) ON COMMIT DROP")
        let table = SQL.identifier("pg_temp", rows)
        let target = ReportTarget(tenant: tenant.name, schema: tenant.schema, daysTable: "", report: report)
        let publisher = DayPublisher(target, connection)
        try publisher.check(
            copied: try await DayCopy(report: report, connection: connection).fill(table, content), of: load)
        try await KeyCheck(report: report, connection: connection).run(on: table)
        let expectations = try await publisher.expectations(of: load, in: table)
        try await DayIndexes(of: report, connection).make(on: rows, in: "pg_temp", for: load.day)
        return expectations.warnings
    }

    /// Places the day, which has no rows here. One that the warehouse has already is held against what it may lose.
    private static func tryPlace(
        of report: ReportDefinition, for tenant: Tenant, _ load: DayLoad, _ connection: Connection
    ) async throws {
        let publisher = DayPublisher(try await ReportTarget.make(report, for: tenant, connection), connection)
        let known = try await publisher.known(load.day)
        if let known, known.isAttached {
            try ShrinkGuard(allowedShare: report.maximumShrink).check(from: known.rows, to: load.rows)
        }
        let table = try await publisher.freeTable(for: load)
        try await publisher.create(table, for: load)
        try await DayIndexes(of: report, connection).make(on: table, in: tenant.schema, for: load.day)
        if known?.isAttached != true { try await publisher.attach(table, as: load) }
        try await connection.query("SELECT _wh.ensure_public_view($1)", [report.name])
    }
}
