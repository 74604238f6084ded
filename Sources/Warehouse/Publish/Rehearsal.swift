public import Postgres
import PostgresBinary
public import Reports

/// Tries on the warehouse itself what a load of a day would do, in a transaction that is rolled back: schema, parent
/// and columns, the day's table with its rows, keys, expectations and indexes, attaching it, and both views. Whatever
/// would fail then fails now.
public enum Rehearsal {
    /// Publishes a day as far as everything but the commit, and returns what its report's expectations warn of.
    /// `content` puts its COPY BINARY stream.
    ///
    /// A day that the warehouse has is built beside it, and held against what it may lose. Readers go on but for the
    /// moment in which a view that would be replaced is locked. Throws what publishing throws.
    public static func run(
        _ report: ReportDefinition, for tenant: Tenant, _ load: DayLoad, _ connection: Connection,
        _ content: DayPublisher.Content
    ) async throws -> [String] {
        struct RolledBack: Error { let warnings: [String] }
        do {
            return try await connection.transaction {
                try await connection.query(
                    "SELECT set_config('lock_timeout', '2s', true), set_config('max_parallel_maintenance_workers', '0', true)"
                )
                let publisher = DayPublisher(try await ReportTarget.make(report, for: tenant, connection), connection)
                let warnings = try await publisher.rehearse(load, content)
                try await connection.query("SELECT _wh.ensure_public_view($1)", [report.name])
                throw RolledBack(warnings: warnings)
            }
        } catch let end as RolledBack {
            return end.warnings
        }
    }
}

extension DayPublisher {
    fileprivate func rehearse(_ load: DayLoad, _ content: Content) async throws -> [String] {
        let known = try await known(load.day)
        let isNew = known?.isAttached != true
        if let known, !isNew {
            try ShrinkGuard(allowedShare: target.report.maximumShrink).check(from: known.rows, to: load.rows)
        }
        let ending = isNew ? "" : "_check"
        let table =
            try await connection.query(
                "SELECT _wh.fitted_name(_wh.create_mv_name($1, $2), $3)",
                [target.report.name, load.day.description, ending]
            ).scalar ?? ""
        let (_, expectations) = try await build(table, of: load, content)
        if isNew { try await attach(table, as: load) }
        return expectations.warnings
    }
}
