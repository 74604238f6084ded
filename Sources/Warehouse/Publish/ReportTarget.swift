public import Postgres
public import Reports
import SQLText

/// What a report has in a tenant's schema: the partitioned parent of its day tables, and its view.
public struct ReportTarget: Sendable {
    /// The tenant it belongs to.
    public let tenant: String
    /// The tenant's schema.
    public let schema: String
    /// The partitioned parent.
    public let daysTable: String
    /// What it holds.
    public let report: ReportDefinition

    /// Makes what is missing, in one short transaction: schema, parent and the tenant's view. Changes nothing when all is as it should
    /// be.
    ///
    /// Throws `nameTaken` where the schema belongs to another tenant or something that is not the engine's has one of the names, and
    /// `columnsChanged` where the report's columns can no longer be those of the days loaded before.
    public static func ensure(_ report: ReportDefinition, for tenant: Tenant, _ connection: Connection) async throws -> ReportTarget {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            try await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('dayhaul.target.' || $1, 0))", [tenant.schema])
            try await claimSchema(tenant, connection)
            let daysTable = try await connection.query("SELECT _wh.fitted_name($1, '_days')", [report.name]).scalar ?? ""
            let target = ReportTarget(tenant: tenant.name, schema: tenant.schema, daysTable: daysTable, report: report)
            try await target.makeParent(connection)
            try await connection.query("SELECT _wh.ensure_tenant_view($1, $2)", [target.schema, report.name])
            return target
        }
    }

    /// Makes the public view of a report what it should be. Replacing it waits for those who read it, for two seconds at most: new readers
    /// queue up behind the replacement. Writes nothing when it is right.
    public static func refreshPublicView(of report: String, _ connection: Connection) async throws {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            try await connection.query("SELECT _wh.ensure_public_view($1)", [report])
        }
    }

    private static func claimSchema(_ tenant: Tenant, _ connection: Connection) async throws {
        let owner = try await connection.query("SELECT tenant_name FROM _wh.target_schemas WHERE schema_name = $1", [tenant.schema]).scalar
        if owner == tenant.name { return }
        if let owner {
            throw WarehouseError(
                .nameTaken, "schema \(tenant.schema) belongs to tenant \(owner)",
                hint: "give \(tenant.name) another with dayhaul tenant set --schema")
        }
        let schema = SQL.identifier(tenant.schema)
        try await connection.query("CREATE SCHEMA IF NOT EXISTS \(schema)")
        try await connection.query("GRANT USAGE ON SCHEMA \(schema) TO \(try await readers(connection))")
        try await connection.query("INSERT INTO _wh.target_schemas VALUES ($1, $2)", [tenant.schema, tenant.name])
    }

    /// The roles that may read reports, delimited, with commas between.
    static func readers(_ connection: Connection) async throws -> String {
        try await connection.query("SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role')").values
            .compactMap { $0.first ?? nil }.map { SQL.identifier($0) }.joined(separator: ", ")
    }

    private func makeParent(_ connection: Connection) async throws {
        let known = try await connection.query(
            "SELECT array_to_json(columns) AS columns, array_to_json(types) AS types FROM _wh.report_targets WHERE schema_name = $1 AND template_name = $2",
            [schema, report.name]
        ).rows.first
        let names = report.columns.map(\.name)
        let types = report.columns.map(\.type.name)
        if let known {
            let before = Array(zip(strings(inJSON: known["columns"]), strings(inJSON: known["types"])))
            return try await adapt(from: before, connection)
        }
        for name in [daysTable, report.name] {
            guard try await !exists(name, connection) else {
                throw WarehouseError(
                    .nameTaken, "\(schema).\(name) exists and was not made by dayhaul: it is left alone",
                    hint: "rename it, or give the report another name")
            }
        }
        let columns = zip(names, types).map { "\(SQL.identifier($0)) \($1)" }.joined(separator: ", ")
        let parent = SQL.identifier(schema, daysTable)
        let day = names[report.dayColumn]
        try await connection.query("CREATE TABLE \(parent) (\(columns)) PARTITION BY RANGE (\(SQL.identifier(day)))")
        try await connection.query("GRANT SELECT ON \(parent) TO \(try await Self.readers(connection))")
        try await connection.query(
            """
            INSERT INTO _wh.report_targets (schema_name, template_name, days_table, columns, types, day_column)
            SELECT $1, $2, $3, array_agg(c ORDER BY n), array_agg(t ORDER BY n), $6
            FROM (SELECT c, n FROM json_array_elements_text($4) WITH ORDINALITY AS x(c, n)) names
            JOIN (SELECT t, n FROM json_array_elements_text($5) WITH ORDINALITY AS x(t, n)) types USING (n)
            """, [schema, report.name, daysTable, json(names), json(types), day])
    }

    /// Columns that were added are added to the parent, where they are NULL for the days loaded before. They come last, wherever they
    /// were declared: a view that others depend on can only grow at its end. While there is no day yet, the parent is made anew.
    private func adapt(from before: [(String, String)], _ connection: Connection) async throws {
        let now = report.columns.map { ($0.name, $0.type.name) }
        let isSame = now.count == before.count && now.allSatisfy { new in before.contains { $0 == new } }
        if isSame, try await exists(daysTable, connection) { return }
        guard try await hasDays(connection) else { return try await remakeParent(connection) }
        guard before.allSatisfy({ old in now.contains { $0 == old } }) else {
            let gone = before.first { old in !now.contains { $0 == old } }
            throw WarehouseError(
                .columnsChanged, "column \(gone?.0 ?? "") \(gone?.1 ?? "") of \(schema).\(report.name) was removed or changed its type",
                hint: "register the changed report under a new name, or drop the tenant's days first")
        }
        let added = now.filter { column in !before.contains { $0.0 == column.0 } }
        if added.isEmpty { return }
        for added in added {
            try await connection.query("ALTER TABLE \(SQL.identifier(schema, daysTable)) ADD COLUMN \(SQL.identifier(added.0)) \(added.1)")
        }
        try await connection.query(
            """
            UPDATE _wh.report_targets SET
                columns = (SELECT array_agg(c ORDER BY n) FROM json_array_elements_text($3) WITH ORDINALITY AS x(c, n)),
                types = (SELECT array_agg(t ORDER BY n) FROM json_array_elements_text($4) WITH ORDINALITY AS x(t, n))
            WHERE schema_name = $1 AND template_name = $2
            """, [schema, report.name, json((before + added).map(\.0)), json((before + added).map(\.1))])
    }

    private func exists(_ table: String, _ connection: Connection) async throws -> Bool {
        try await connection.query("SELECT _wh.does_mv_exist($1, $2)", [schema, table]).scalar == "t"
    }

    /// Whether a day's table is there; a ledger that was restored from a dump has none.
    private func hasDays(_ connection: Connection) async throws -> Bool {
        try await connection.query(
            """
            SELECT EXISTS (SELECT FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2
                AND _wh.does_mv_exist(schema_name, day_table))
            """, [schema, report.name]
        ).scalar == "t"
    }

    /// For a parent that is gone, or was made for columns that never held a row. Its views go with it and are made again.
    private func remakeParent(_ connection: Connection) async throws {
        try await connection.query("DELETE FROM _wh.ledger WHERE schema_name = $1 AND template_name = $2", [schema, report.name])
        try await connection.query("SELECT _wh.drop_views($1, $2)", [schema, report.name])
        try await connection.query("DROP TABLE IF EXISTS \(SQL.identifier(schema, daysTable))")
        try await connection.query("DELETE FROM _wh.report_targets WHERE schema_name = $1 AND template_name = $2", [schema, report.name])
        try await makeParent(connection)
    }
}
