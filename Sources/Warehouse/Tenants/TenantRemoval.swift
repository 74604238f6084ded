public import Postgres
import SQLText

/// What dropping a tenant takes away: found out first, shown, then carried out in one transaction.
public struct TenantRemoval: Sendable {
    /// The tenant.
    public let tenant: String
    /// Tables and views that the engine made for it, views first, as `schema.name`.
    public let objects: [String]

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
            SELECT schema_name, object, kind FROM (
                SELECT t.schema_name, t.template_name AS object, 'VIEW' AS kind, 1 AS place
                FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name) WHERE s.tenant_name = $1 AND t.view_definition IS NOT NULL
                UNION ALL
                SELECT t.schema_name, t.days_table, 'TABLE', 3
                FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name) WHERE s.tenant_name = $1
                UNION ALL
                SELECT l.schema_name, l.day_table, 'TABLE', 2 FROM _wh.ledger l WHERE l.tenant_name = $1) objects
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
            tenant: tenant.name, objects: found.map { "\($0.schema).\($0.name)" }, found: found, schemas: try await names("schema_name"),
            reports: try await names("template_name"))
    }

    /// Removes all of it. Without CASCADE: a view of somebody else's that depends on one of the objects stops it, and all stays.
    public func carryOut(_ connection: Connection) async throws {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '10s'")
            try await refuseDependents(connection)
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

    /// Names views of others that read the tenant's; a DROP would only name the first.
    private func refuseDependents(_ connection: Connection) async throws {
        let dependents = try await connection.query(
            """
            SELECT DISTINCT format('%I.%I', n.nspname, c.relname)
            FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = r.ev_class
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_class used ON used.oid = d.refobjid JOIN pg_namespace un ON un.oid = used.relnamespace
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND c.oid <> used.oid
                AND un.nspname = ANY (ARRAY(SELECT json_array_elements_text($1)))
                AND NOT (n.nspname = 'public' AND c.relname IN (SELECT template_name FROM _wh.public_views))
                AND (n.nspname, c.relname) NOT IN (SELECT schema_name, template_name FROM _wh.report_targets)
            ORDER BY 1
            """, [json(schemas)]
        ).values.compactMap { $0.first ?? nil }
        guard dependents.isEmpty else {
            throw WarehouseError(
                .tenantHasData, "views of others read this tenant's tables: \(dependents.prefix(10).joined(separator: ", "))",
                hint: "drop or change those views first")
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
