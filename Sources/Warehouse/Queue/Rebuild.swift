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
            SELECT count(*) AS days, coalesce(sum(rows), 0) AS rows, count(DISTINCT (schema_name, template_name)) AS targets FROM _wh.lost_days
            """
        ).rows.first
        return Missing(
            days: try row?.value("days") ?? 0, rows: try row?.value("rows") ?? 0, targets: try row?.value("targets") ?? 0)
    }

    /// Makes schemas, parents and views, a few in a transaction, and asks for every missing day that was not asked for
    /// yet. Returns what cannot be made, a line each; the others are there.
    public static func request(_ connection: Connection) async throws -> [String] {
        var failures: [String] = []
        // One that fails is tried with each batch, and named once.
        while true {
            guard
                let row = try await connection.query(
                    "SELECT made, array_to_json(failures) AS failures FROM _wh.make_targets($1)", [String(targets)]
                ).rows.first
            else { break }
            failures = strings(inJSON: row["failures"])
            guard try row.value("made") >= targets else { break }
        }
        let reports = try await connection.query(
            """
            SELECT template_name FROM _wh.report_targets GROUP BY template_name
            HAVING bool_and(view_definition IS NULL OR _wh.does_mv_exist(schema_name, template_name)) ORDER BY 1
            """
        ).values.compactMap { $0.first ?? nil }
        for report in reports {
            if let failure = try await connection.query("SELECT _wh.make_public_view($1)", [report]).scalar { failures.append(failure) }
        }
        try await connection.query("SELECT _wh.rebuild_entire_warehouse()")
        return failures
    }

    /// Made in one transaction: each takes some ten locks.
    private static let targets = 50
}
