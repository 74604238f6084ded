import Postgres
import Reports
import SQLText

/// Looks for rows with the same declared key before they are published.
///
/// Keys are equal as in a unique index: by the type's own equality (1.0 is 1.00), and a key with a NULL in it equals no other.
struct KeyCheck {
    let report: ReportDefinition
    let connection: Connection

    /// Whether the indexes that every new day's table gets see to it already.
    var isDoneByIndex: Bool {
        report.indexes.contains { $0.uniqueColumns.map { Set($0).isSubset(of: report.keyColumns) } ?? false }
    }

    /// Throws `duplicateKey` for two rows of `table`, a delimited name. The check is one pass without a sort.
    func run(on table: String) async throws {
        guard !report.keyColumns.isEmpty else { return }
        let keys = report.keyColumns.map { SQL.identifier("r", $0) }
        let shown = keys.map { "left(regexp_replace(\($0)::text, '[[:cntrl:]]', ' ', 'g'), 100)" }.joined(separator: ", ', ', ")
        let found = try await connection.query(
            """
            SELECT concat(\(shown)) FROM \(table) r WHERE \(keys.map { "\($0) IS NOT NULL" }.joined(separator: " AND "))
            GROUP BY \(keys.joined(separator: ", ")) HAVING count(*) > 1 LIMIT 1
            """
        ).scalar
        guard let found else { return }
        throw WarehouseError(
            .duplicateKey, "two rows have the same key (\(report.keyColumns.joined(separator: ", ")))=(\(found))",
            hint: "the report's key_columns say that they differ; look for duplicates in the source or in the report's joins")
    }
}
