import CrashPoints
public import Postgres
import SQLText

/// What dropping a tenant takes away: found out first, shown, then taken away.
///
/// First, in one transaction, the tenant is disabled and marked, it leaves the public views, and its own views go: from
/// then on nobody sees anything of it. Its tables follow a few at a time, so that no transaction takes more locks than
/// a server has room for; interrupted, the same removal goes on where it was.
public struct TenantRemoval: Sendable {
    /// The tenant.
    public let tenant: String
    /// Tables and views that the engine made for it, views first, as `schema.name`; also the public view of a report that no other tenant has.
    public let objects: [String]
    /// Views of others that read those, each before the views that it reads itself.
    public let dependents: [DependentView]
    /// It was begun before: the views are gone, and some of the tables.
    public let isResumed: Bool

    private let found: [RemovedObject]
    private let schemas: [String]
    private let reports: [String]

    /// Reads what the registry and the ledger know of a tenant. Throws `unknownTenant`.
    public static func plan(_ name: String, _ connection: Connection) async throws -> TenantRemoval {
        let tenant = try await TenantCatalogue.named(name, connection)
        try await TenantMove.refuseUnfinished(of: name, connection)
        let rows = try await connection.query(
            """
            WITH targets AS (
                SELECT t.* FROM _wh.report_targets t JOIN _wh.target_schemas s USING (schema_name) WHERE s.tenant_name = $1)
            SELECT o.schema_name, object, kind, \(LockBudget.toDrop("c.oid")) AS locks FROM (
                SELECT 'public' AS schema_name, p.template_name AS object, 'view' AS kind, 1 AS place FROM _wh.public_views p
                WHERE p.template_name IN (SELECT template_name FROM targets) AND NOT EXISTS (
                    SELECT FROM _wh.report_targets t
                    WHERE t.template_name = p.template_name AND t.schema_name NOT IN (SELECT schema_name FROM targets))
                UNION ALL
                SELECT schema_name, template_name, 'view', 2 FROM targets WHERE view_definition IS NOT NULL
                UNION ALL
                SELECT l.schema_name, l.day_table, 'day', 3 FROM _wh.ledger l JOIN targets USING (schema_name, template_name)
                UNION ALL
                SELECT schema_name, days_table, 'parent', 4 FROM targets
                UNION ALL
                SELECT schema_name, table_name, CASE WHEN is_parent THEN 'parent' ELSE 'day' END, CASE WHEN is_parent THEN 4 ELSE 3 END
                FROM _wh.removed_tables WHERE tenant_name = $1) o
            JOIN pg_class c ON c.oid = to_regclass(format('%I.%I', o.schema_name, object))
            ORDER BY place, schema_name, object
            """, [tenant.name]
        ).rows
        let found = try rows.map { try RemovedObject($0) }
        func names(_ column: String) async throws -> [String] {
            try await connection.query(
                """
                SELECT DISTINCT \(column) FROM _wh.target_schemas s LEFT JOIN _wh.report_targets t USING (schema_name)
                WHERE s.tenant_name = $1 AND \(column) IS NOT NULL
                """, [tenant.name]
            ).values.compactMap { $0.first ?? nil }
        }
        let begun = try await connection.query("SELECT FROM _wh.tenant_removals WHERE tenant_name = $1", [tenant.name])
        return TenantRemoval(
            tenant: tenant.name, objects: found.map(\.title),
            dependents: try await DependentView.of(found.map(\.identifier), connection),
            isResumed: !begun.values.isEmpty, found: found,
            schemas: try await names("schema_name"), reports: try await names("template_name"))
    }

    /// Throws `beingDropped` for a tenant whose removal has begun.
    static func refuse(_ tenant: String, _ connection: Connection) async throws {
        guard
            try await connection.query("SELECT FROM _wh.tenant_removals WHERE tenant_name = $1", [tenant]).values
                .isEmpty
        else {
            throw WarehouseError(
                .beingDropped, "tenant \(tenant) is being dropped",
                hint: "end that first: dayhaul tenant drop \(Shell.word(tenant))")
        }
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

    /// Removes all of it. Without CASCADE: what else depends on one of the objects stops it, and all stays. `progress`
    /// gets how many of the tables are gone.
    public func carryOut(
        _ connection: Connection, withDependents: Bool = false,
        progress: (_ gone: Int, _ tables: Int) -> Void = { _, _ in }
    ) async throws {
        try check(withDependents: withDependents)
        do {
            try await begin(connection)
            CrashPoint.removalBegun.reach()
            try await found.dropTables(connection, progress: progress) { CrashPoint.removalBatch.reach() }
            try await finish(connection)
        } catch let error as PostgresError where error.sqlstate?.code == "2BP01" {
            // The server's own hint is CASCADE, which would take away what nobody has been shown.
            throw WarehouseError(
                .tenantHasData, error.message,
                hint: "something that is no view depends on it, such as a function: drop or change that first")
        } catch let error as PostgresError where error.sqlstate?.code == "55P03" {
            throw WarehouseError(
                .beingDropped, "others hold locks on tables of tenant \(tenant): \(error.message)",
                hint: "the same command goes on where it was: dayhaul tenant drop \(Shell.word(tenant))")
        }
    }

    /// Takes the tenant from every view and from every run, and notes which tables are to go.
    private func begin(_ connection: Connection) async throws {
        let targets = "ARRAY(SELECT json_array_elements_text($1))"
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '10s'")
            try await dropDependents(connection)
            try await connection.query(
                "WITH dropped AS (UPDATE _wh.tenant_connections SET enabled = false WHERE tenant_name = $1 RETURNING tenant_name) "
                    + "INSERT INTO _wh.tenant_removals (tenant_name) SELECT tenant_name FROM dropped ON CONFLICT DO NOTHING",
                [tenant])
            try await connection.query(
                """
                INSERT INTO _wh.removed_tables (tenant_name, schema_name, table_name, is_parent)
                SELECT $2, schema_name, day_table, false FROM _wh.ledger WHERE schema_name = ANY (\(targets))
                UNION ALL SELECT $2, schema_name, days_table, true FROM _wh.report_targets WHERE schema_name = ANY (\(targets))
                ON CONFLICT DO NOTHING
                """, [json(schemas), tenant])
            try await connection.query("DELETE FROM _wh.ledger WHERE schema_name = ANY (\(targets))", [json(schemas)])
            try await connection.query(
                "DELETE FROM _wh.report_targets WHERE schema_name = ANY (\(targets))", [json(schemas)])
            for report in reports { try await rebuildPublicView(report, connection) }
            for view in found where view.kind == .view {
                try await connection.query("DROP VIEW IF EXISTS \(view.identifier)")
            }
            try await ForeignDependent.refuse(on: found.filter { $0.kind != .view }.map(\.identifier), connection)
        }
    }

    private func finish(_ connection: Connection) async throws {
        try await connection.whenUnlocked {
            try await connection.query("DELETE FROM _wh.target_schemas WHERE tenant_name = $1", [tenant])
            try await connection.query("DELETE FROM _wh.tenant_connections WHERE tenant_name = $1", [tenant])
            for schema in schemas { try await dropIfEmpty(schema, connection) }
        }
    }

    /// Exactly those that were shown. As the login itself, because the engine's role seldom owns what others made.
    private func dropDependents(_ connection: Connection) async throws {
        let now = try await DependentView.of(found.map(\.identifier), connection)
        let unseen = now.filter { !dependents.contains($0) }.map(\.title)
        guard unseen.isEmpty else {
            throw WarehouseError(
                .tenantHasData,
                "views of others have come to read this tenant's tables: \(unseen.prefix(10).joined(separator: ", "))",
                hint: "run the same command again")
        }
        guard !now.isEmpty else { return }
        let role = try await connection.query("SELECT current_setting('role')").scalar
        try await connection.query("SET LOCAL ROLE NONE")
        for view in now { try await view.drop(connection) }
        try await connection.query("SELECT set_config('role', $1, true)", [role ?? "none"])
    }

    private func rebuildPublicView(_ report: String, _ connection: Connection) async throws {
        let rest = try await connection.query(
            "SELECT count(*) FROM _wh.report_targets WHERE template_name = $1", [report]
        ).scalar
        if rest == "0" {
            let known = try await connection.query("DELETE FROM _wh.public_views WHERE template_name = $1", [report])
                .affectedRows
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
