import Postgres
import SQLText

/// A table or view of the engine's that goes with its tenant or its report.
struct RemovedObject: Sendable {
    /// In the order in which they go: a parent goes after its days.
    enum Kind: String { case view, day, parent }

    let schema: String
    let name: String
    let kind: Kind
    /// Locks that dropping it takes.
    let locks: Int

    var identifier: String { SQL.identifier(schema, name) }
    /// `schema.name`
    var title: String { "\(schema).\(name)" }

    /// From the columns `schema_name`, `object`, `kind` and `locks`.
    init(_ row: QueryResult.Row) throws {
        schema = try row.value("schema_name")
        name = try row.value("object")
        kind = Kind(rawValue: try row.value("kind")) ?? .day
        locks = try row.value("locks")
    }

    /// Drops tables in one transaction, and strikes them from `_wh.removed_tables`.
    fileprivate static func drop(_ tables: [RemovedObject], _ connection: Connection) async throws {
        try await connection.whenUnlocked {
            try await connection.query("DROP TABLE IF EXISTS \(tables.map(\.identifier).joined(separator: ", "))")
            try await connection.query(
                """
                DELETE FROM _wh.removed_tables
                WHERE (schema_name, table_name) IN (
                    SELECT s, t FROM json_array_elements_text($1) WITH ORDINALITY AS a(s, n)
                    JOIN json_array_elements_text($2) WITH ORDINALITY AS b(t, n) USING (n))
                """, [json(tables.map(\.schema)), json(tables.map(\.name))])
        }
    }
}

extension [RemovedObject] {
    /// Drops the tables among them, as many in a transaction as its locks allow, and strikes them from `_wh.removed_tables`. `progress`
    /// gets how many of how many are gone.
    func dropTables(
        _ connection: Connection, progress: (_ gone: Int, _ tables: Int) -> Void, afterBatch: () -> Void
    ) async throws {
        let (days, parents) = (filter { $0.kind == .day }, filter { $0.kind == .parent })
        var gone = 0
        let budget = try await LockBudget(connection)
        for batch in [days, parents].flatMap({ budget.batches(of: $0) { $0.locks } }) {
            try await RemovedObject.drop(batch, connection)
            gone += batch.count
            progress(gone, days.count + parents.count)
            afterBatch()
            try Task.checkCancellation()
        }
    }
}
