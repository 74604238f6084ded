import Postgres
import SQLText

/// What a run has left in a scratch warehouse.
struct Remains: Sendable, Equatable {
    /// TOAST included.
    let tableBytes: Int
    let indexBytes: Int
    /// Rows and a sum over their hashes, a line a tenant and report: the same for the same rows in any order.
    let content: String

    static func read(_ session: Connection) async throws -> Remains {
        let sizes = try await session.query(
            """
            SELECT coalesce(sum(pg_table_size(t)), 0)::bigint AS tables, coalesce(sum(pg_indexes_size(t)), 0)::bigint AS indexes
            FROM (SELECT to_regclass(format('%I.%I', schema_name, day_table)) AS t FROM _wh.ledger) days
            """
        ).rows.first
        let parents = try await session.query("SELECT schema_name, days_table FROM _wh.report_targets ORDER BY 1, 2").rows
        var lines: [String] = []
        for parent in parents {
            let (schema, table): (String, String) = (try parent.value("schema_name"), try parent.value("days_table"))
            lines.append("\(schema).\(table) \(try await content(of: SQL.identifier(schema, table), session))")
        }
        return Remains(
            tableBytes: try sizes?.value("tables") ?? 0, indexBytes: try sizes?.value("indexes") ?? 0,
            content: lines.joined(separator: "\n"))
    }

    /// By their text: types such as json have no hash, and that of an enum is of its number, which each database has another one for.
    private static func content(of table: String, _ session: Connection) async throws -> String {
        try await session.query("SELECT concat(count(*), ' ', sum(hashtextextended(d::text, 0))) FROM \(table) d").scalar ?? ""
    }
}
