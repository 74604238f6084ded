public import Postgres

/// What is to be read again after only `_wh` was restored.
public enum Rebuild {
    /// Days that the ledger knows and the warehouse has not.
    public struct Missing: Sendable {
        /// Days of all reports.
        public let days: Int
        /// Their rows as the ledger knows them.
        public let rows: Int
        /// A report in a schema each.
        public let targets: Int
    }

    /// Counts what is missing.
    public static func missing(_ connection: Connection) async throws -> Missing {
        let row = try await connection.query(
            """
            SELECT count(*) AS days, coalesce(sum(rows), 0) AS rows, count(DISTINCT (schema_name, template_name)) AS targets FROM _wh.ledger
            WHERE NOT _wh.does_mv_exist(schema_name, day_table)
            """
        ).rows.first
        return Missing(
            days: try row?.value("days") ?? 0, rows: try row?.value("rows") ?? 0, targets: try row?.value("targets") ?? 0)
    }

    /// Makes schemas, parents and views, and asks for every missing day that was not asked for yet.
    public static func request(_ connection: Connection) async throws {
        try await connection.query("SELECT _wh.rebuild_entire_warehouse()")
    }
}
