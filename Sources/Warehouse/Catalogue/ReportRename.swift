public import Postgres

/// What giving a report another name takes: its views are renamed, its tables keep their names.
public struct ReportRename: Sendable, Encodable {
    /// The report's name.
    public let report: String
    /// The one that it is to have.
    public let newName: String
    /// Views that get the new name, `schema.name` as they are called now.
    public let views: [String]
    /// Day tables and parents, which keep theirs.
    public let tables: Int

    /// Reads what there is of a report. Throws `unknownReport`, `nameTaken` and `invalidName`; changes nothing.
    public static func plan(
        _ report: String, to newName: String, _ connection: Connection
    ) async throws -> ReportRename {
        let known = try await connection.query("SELECT template_name FROM _wh.mv_templates ORDER BY 1").values
            .compactMap { $0.first ?? nil }
        guard known.contains(report) else {
            throw WarehouseError(
                .unknownReport, "no report is called \(report)",
                hint: known.isEmpty
                    ? "there are none yet: dayhaul report list"
                    : "there are \(known.prefix(12).joined(separator: ", "))")
        }
        guard !known.contains(newName) else {
            throw WarehouseError(.nameTaken, "a report is called \(newName) already", hint: "choose another name")
        }
        return try await refusing {
            try await connection.query("SELECT _wh.check_template_name($1, $2)", [newName, report])
            let views = try await connection.query(
                """
                SELECT schema_name FROM (
                    SELECT 'public' AS schema_name, template_name FROM _wh.public_views
                    UNION ALL SELECT schema_name, template_name FROM _wh.report_targets) views
                WHERE template_name = $1 AND _wh.is_own_view(schema_name, $1) ORDER BY 1
                """, [report]
            ).values.compactMap { $0.first ?? nil }
            for schema in views { try await connection.query("SELECT _wh.refuse_taken($1, $2)", [schema, newName]) }
            let tables = try await connection.query(
                """
                SELECT (SELECT count(*) FROM _wh.ledger WHERE template_name = $1) + (
                    SELECT count(*) FROM _wh.report_targets WHERE template_name = $1)
                """, [report]
            ).scalar.flatMap { Int($0) }
            return ReportRename(
                report: report, newName: newName, views: views.map { "\($0).\(report)" }, tables: tables ?? 0)
        }
    }

    /// Renames it in one transaction. Readers of its views are waited for, and days that are being published, two
    /// seconds at most.
    public func carryOut(_ connection: Connection) async throws {
        do {
            try await Self.refusing {
                try await connection.transaction {
                    try await connection.query("SET LOCAL lock_timeout = '2s'")
                    try await connection.query("SELECT _wh.rename_report($1, $2)", [report, newName])
                }
            }
        } catch let error as PostgresError where error.sqlstate?.code == "55P03" {
            throw WarehouseError(
                .stillPublishing, "report \(report) is being read or loaded: it keeps its name",
                hint: "run the same command again when those transactions have ended")
        }
    }

    private static func refusing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            let codes: [String: WarehouseError.Code] = [
                "42704": .unknownReport, "42602": .invalidName, "42P07": .nameTaken, "23514": .nameTaken,
            ]
            throw WarehouseError(error, codes) ?? error
        }
    }
}
