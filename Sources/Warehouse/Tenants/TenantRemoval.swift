public import Postgres
import SQLText

/// What dropping a tenant takes away: found out first, shown, then carried out in one transaction.
public struct TenantRemoval: Sendable {
    /// The tenant.
    public let tenant: String
    /// Tables and views that the engine made for it, views first, as `schema.name`; also the public view of a report that no other tenant has.
    public let objects: [String]
    /// Views of others that read those, each before the views that it reads itself.
    public let dependents: [DependentView]

    private struct Object: Sendable {
        let schema: String
        let name: String
        let kind: String
    }

    private let found: [Object]
    private let schemas: [String]
    private let reports: [String]

    /// Reads what the registry and the ledger know of a tenant. Throws `unknownTenant`.
    public static func plan(_ name: String, _ connection: Connection) async throws -> TenantRemoval {
        let tenant = try await TenantCatalogue.named(name, connection)
        let rows = try await connection.query(
            """
            WITH targets AS (
                SELECT t.* FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name) WHERE s.tenant_name = $1)
            SELECT schema_name, object, kind FROM (
                SELECT 'public' AS schema_name, p.template_name AS object, 'VIEW' AS kind, 1 AS place FROM _wh.public_views p
                WHERE p.template_name IN (SELECT template_name FROM targets) AND NOT EXISTS (
                    SELECT FROM _wh.report_targets t
                    WHERE t.template_name = p.template_name AND t.schema_name NOT IN (SELECT schema_name FROM targets))
                UNION ALL
                SELECT schema_name, template_name, 'VIEW', 2 FROM targets WHERE view_definition IS NOT NULL
                UNION ALL
                SELECT l.schema_name, l.day_table, 'TABLE', 3 FROM _wh.ledger l JOIN targets USING (schema_name, template_name)
                UNION ALL
                SELECT schema_name, days_table, 'TABLE', 4 FROM targets) objects
            WHERE to_regclass(format('%I.%I', schema_name, object)) IS NOT NULL
            ORDER BY place, schema_name, object
            """, [tenant.name]
        ).rows
        let found = try rows.map { Object(schema: try $0.value("schema_name"), name: try $0.value("object"), kind: try $0.value("kind")) }
        func names(_ column: String) async throws -> [String] {
            try await connection.query(
                """
                SELECT DISTINCT \(column) FROM _wh.target_schemas s LEFT JOIN _wh.report_targets t USING (schema_name)
                WHERE s.tenant_name = $1 AND \(column) IS NOT NULL
                """, [tenant.name]
            ).values.compactMap { $0.first ?? nil }
        }
        return TenantRemoval(
            tenant: tenant.name, objects: found.map { "\($0.schema).\($0.name)" },
            dependents: try await DependentView.of(found.map { SQL.identifier($0.schema, $0.name) }, connection), found: found,
            schemas: try await names("schema_name"), reports: try await names("template_name"))
    }

    /// Throws `tenantHasData` when views of others read the tenant's, naming them, unless they go with it; and `missingPrivilege` when they
    /// are to go and cannot.
    public func check(withDependents: Bool) throws(WarehouseError) {
        func list(_ views: [String]) -> String {
            views.prefix(10).joined(separator: ", ") + (views.count > 10 ? " and \(views.count - 10) more" : "")
        }
        guard withDependents || dependents.isEmpty else {
            throw WarehouseError(
                .tenantHasData, "views of others read this tenant's tables: \(list(dependents.map(\.title)))",
                hint: "change or drop those views first, or have them dropped too: --with-dependents")
        }
        let foreign = dependents.filter { !$0.isDroppable }.map { "\($0.title) of \($0.owner)" }
        guard foreign.isEmpty else {
            throw WarehouseError(
                .missingPrivilege, "this login may not drop views that read this tenant's tables: \(list(foreign))",
                hint: "have their owners drop them, or GRANT it the owners' roles")
        }
    }

    /// Removes all of it. Without CASCADE: what else depends on one of the objects stops it, and all stays.
    public func carryOut(_ connection: Connection, withDependents: Bool = false) async throws {
        try check(withDependents: withDependents)
        do {
            try await connection.transaction {
                try await connection.query("SET LOCAL lock_timeout = '10s'")
                try await dropDependents(connection)
                try await connection.query(
                    "DELETE FROM _wh.ledger WHERE schema_name = ANY (ARRAY(SELECT json_array_elements_text($1)))", [json(schemas)])
                try await connection.query(
                    "DELETE FROM _wh.report_targets WHERE schema_name = ANY (ARRAY(SELECT json_array_elements_text($1)))", [json(schemas)])
                for report in reports { try await rebuildPublicView(report, connection) }
                for object in found {
                    try await connection.query("DROP \(object.kind) IF EXISTS \(SQL.identifier(object.schema, object.name))")
                }
                try await connection.query("DELETE FROM _wh.target_schemas WHERE tenant_name = $1", [tenant])
                try await connection.query("DELETE FROM _wh.tenant_connections WHERE tenant_name = $1", [tenant])
                for schema in schemas { try await dropIfEmpty(schema, connection) }
            }
        } catch let error as PostgresError where error.sqlstate?.code == "2BP01" {
            // The server's own hint is CASCADE, which would take away what nobody has been shown.
            throw WarehouseError(
                .tenantHasData, error.message,
                hint: "something that is no view depends on it, such as a function: drop or change that first")
        }
    }

    /// Exactly those that were shown. As the login itself, because the engine's role seldom owns what others made.
    private func dropDependents(_ connection: Connection) async throws {
        let now = try await DependentView.of(found.map { SQL.identifier($0.schema, $0.name) }, connection)
        let unseen = now.filter { !dependents.contains($0) }.map(\.title)
        guard unseen.isEmpty else {
            throw WarehouseError(
                .tenantHasData, "views of others have come to read this tenant's tables: \(unseen.prefix(10).joined(separator: ", "))",
                hint: "run the same command again")
        }
        guard !now.isEmpty else { return }
        let role = try await connection.query("SELECT current_setting('role')").scalar
        try await connection.query("SET LOCAL ROLE NONE")
        for view in now { try await view.drop(connection) }
        try await connection.query("SELECT set_config('role', $1, true)", [role ?? "none"])
    }

    private func rebuildPublicView(_ report: String, _ connection: Connection) async throws {
        let rest = try await connection.query("SELECT count(*) FROM _wh.report_targets WHERE template_name = $1", [report]).scalar
        if rest == "0" {
            let known = try await connection.query("DELETE FROM _wh.public_views WHERE template_name = $1", [report]).affectedRows
            if known > 0 { try await connection.query("DROP VIEW IF EXISTS \(SQL.identifier("public", report))") }
        } else {
            try await connection.query("SELECT _wh.ensure_public_view($1)", [report])
        }
    }

    private func dropIfEmpty(_ schema: String, _ connection: Connection) async throws {
        let rest = try await connection.query(
            """
            SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid) + (SELECT count(*) FROM pg_proc WHERE pronamespace = n.oid)
                + (SELECT count(*) FROM pg_type WHERE typnamespace = n.oid)
            FROM pg_namespace n WHERE nspname = $1 AND pg_has_role(nspowner, 'USAGE')
            """, [schema]
        ).scalar
        if rest == "0" { try await connection.query("DROP SCHEMA \(SQL.identifier(schema))") }
    }
}
