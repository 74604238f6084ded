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

    private static func content(of table: String, _ session: Connection) async throws -> String {
        func sum(_ hash: String) async throws -> String {
            try await session.query("SELECT concat(count(*), ' ', sum(\(hash))) FROM \(table) d").scalar ?? ""
        }
        do {
            return try await sum("hash_record_extended(d, 0)")
        } catch let error as PostgresError where error.sqlstate?.code == "42883" {
            // A column's type, as json, has no hash.
            return try await sum("hashtextextended(d::text, 0)")
        }
    }
}
