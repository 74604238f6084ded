import CrashPoints
public import Postgres
import SQLText

/// What dropping a report takes away, of all tenants: found out first, shown, then taken away.
///
/// First, in one transaction, the report is disabled and its views go: from then on nobody sees anything of it. Its tables
/// follow a few at a time, so that no transaction takes more locks than a server has room for; interrupted, the same
/// removal goes on where it was. The report itself goes last.
public struct ReportRemoval: Sendable {
    /// The report.
    public let report: String
    /// Tables and views that the engine made for it, views first, as `schema.name`.
    public let objects: [String]
    /// Days of all tenants together.
    public let days: Int
    /// Views of others that read those, which keep it from being dropped.
    public let dependents: [DependentView]

    private let found: [RemovedObject]

    /// Reads what the registry and the ledger know of a report. Throws `unknownReport`.
    public static func plan(_ name: String, _ connection: Connection) async throws -> ReportRemoval {
        _ = try await ReportCatalogue.named(name, connection)
        let found = try await connection.query(
            """
            SELECT o.schema_name, object, kind, \(LockBudget.toDrop("c.oid")) AS locks FROM (
                SELECT 'public' AS schema_name, template_name AS object, 'view' AS kind, 1 AS place FROM _wh.public_views
                WHERE template_name = $1
                UNION ALL SELECT schema_name, template_name, 'view', 2 FROM _wh.report_targets
                WHERE template_name = $1 AND view_definition IS NOT NULL
                UNION ALL SELECT schema_name, day_table, 'day', 3 FROM _wh.ledger WHERE template_name = $1
                UNION ALL SELECT schema_name, days_table, 'parent', 4 FROM _wh.report_targets WHERE template_name = $1
                UNION ALL
                SELECT schema_name, table_name, CASE WHEN is_parent THEN 'parent' ELSE 'day' END, CASE WHEN is_parent THEN 4 ELSE 3 END
                FROM _wh.removed_tables WHERE template_name = $1) o
            JOIN pg_class c ON c.oid = to_regclass(format('%I.%I', o.schema_name, object))
            ORDER BY place, schema_name, object
            """, [name]
        ).rows.map { try RemovedObject($0) }
        return ReportRemoval(
            report: name, objects: found.map(\.title), days: found.filter { $0.kind == .day }.count,
            dependents: try await DependentView.of(found.map(\.identifier), connection), found: found)
    }

    /// Throws `reportHasData` when views of others read the report's, naming them.
    public func check() throws(WarehouseError) {
        guard !dependents.isEmpty else { return }
        throw WarehouseError(
            .reportHasData,
            "views of others read this report's views: \(dependents.prefix(10).map(\.title).joined(separator: ", "))",
            hint: "change or drop those views first")
    }

    /// Removes all of it, and the report. Without CASCADE: what else depends on one of the objects stops it, and all stays.
    /// `progress` gets how many of how many tables are gone.
    public func execute(
        _ connection: Connection, progress: (_ gone: Int, _ tables: Int) -> Void = { _, _ in }
    ) async throws {
        try check()
        do {
            try await begin(connection)
            CrashPoint.removalBegun.reach()
            try await found.dropTables(connection, progress: progress) { CrashPoint.removalBatch.reach() }
            try await connection.query("DELETE FROM _wh.mv_templates WHERE template_name = $1", [report])
        } catch let error as PostgresError where error.sqlstate?.code == "2BP01" {
            throw WarehouseError(
                .reportHasData, error.message, hint: "drop or change that first, then run the same command again")
        } catch let error as PostgresError where ["55P03", "23503"].contains(error.sqlstate?.code) {
            throw WarehouseError(
                .reportHasData, "report \(report) is in use: \(error.message)",
                hint: "the same command goes on where it was: dayhaul report drop \(Shell.word(report))")
        }
    }

    /// Takes the report from every run and every view, and notes which tables are to go.
    private func begin(_ connection: Connection) async throws {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '10s'")
            try await connection.query("UPDATE _wh.mv_templates SET enabled = false WHERE template_name = $1", [report])
            try await connection.query(
                """
                INSERT INTO _wh.removed_tables (tenant_name, schema_name, table_name, is_parent, template_name)
                SELECT s.tenant_name, o.schema_name, o.name, o.is_parent, $1 FROM (
                    SELECT schema_name, day_table AS name, false AS is_parent FROM _wh.ledger WHERE template_name = $1
                    UNION ALL SELECT schema_name, days_table, true FROM _wh.report_targets WHERE template_name = $1) o
                JOIN _wh.target_schemas s USING (schema_name)
                ON CONFLICT DO NOTHING
                """, [report])
            for statement in ["_wh.ledger", "_wh.report_targets", "_wh.public_views"] {
                try await connection.query("DELETE FROM \(statement) WHERE template_name = $1", [report])
            }
            for view in found where view.kind == .view {
                try await connection.query("DROP VIEW IF EXISTS \(view.identifier)")
            }
            try await ForeignDependent.refuse(on: found.filter { $0.kind != .view }.map(\.identifier), connection)
        }
    }
}
