import Postgres
import Stages

/// What the planner knows of a day right after it is published.
///
/// Analysing all columns of a day takes longer than loading it. Queries filter on columns with an index, so those are analysed with the
/// publish. That leaves the table's count of changed rows as it was (PostgreSQL counts only an ANALYZE of all columns), so that autovacuum
/// analyses the others when it comes by.
struct DayStatistics {
    let connection: Connection

    /// Analyses the indexed columns of a table, given by its delimited name; all columns where there is no index, or one on an expression.
    func gather(for table: String) async throws {
        try await connection.inWarehouse(.analyse) {
            let columns = try await connection.query(
                """
                SELECT string_agg(DISTINCT quote_ident(a.attname), ', ')
                FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = $1::regclass
                    AND NOT EXISTS (SELECT FROM pg_index e WHERE e.indrelid = i.indrelid AND e.indexprs IS NOT NULL)
                """, [table]
            ).scalar
            try await connection.query("ANALYZE \(table)" + (columns.map { " (\($0))" } ?? ""))
        }
    }

    /// The same after some of a table's rows changed: nothing while they are too few to matter, as autovacuum judges it by default.
    func refresh(for table: String, changed: Int, of rows: Int) async throws {
        if Double(changed) > 50 + 0.1 * Double(rows) { try await gather(for: table) }
    }
}
