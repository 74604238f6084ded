import CrashPoints
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
        let target = try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            try await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('dayhaul.target.' || $1, 0))", [tenant.schema])
            try await claimSchema(tenant, connection)
            let daysTable = try await connection.query("SELECT _wh.fitted_name($1, '_days')", [report.name]).scalar ?? ""
            let target = ReportTarget(tenant: tenant.name, schema: tenant.schema, daysTable: daysTable, report: report)
            try await target.ensureParent(connection)
            try await connection.query("SELECT _wh.ensure_tenant_view($1, $2)", [target.schema, report.name])
            return target
        }
        CrashPoint.targetReady.reach()
        return target
    }

    /// Makes the public view of a report what it should be. Replacing it waits for those who read it, for two seconds at most: new readers
    /// queue up behind the replacement. Writes nothing when it is right.
    public static func refreshPublicView(of report: String, _ connection: Connection) async throws {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            try await connection.query("SELECT _wh.ensure_public_view($1)", [report])
            CrashPoint.viewReplaced.reach()
        }
    }

    private static func claimSchema(_ tenant: Tenant, _ connection: Connection) async throws {
        let known = try await connection.query(
            """
            SELECT tenant_name, EXISTS (SELECT FROM pg_namespace WHERE nspname = schema_name AND _wh.is_trusted(nspowner)) AS exists
            FROM _wh.target_schemas WHERE schema_name = $1
            """, [tenant.schema]
        ).rows.first
        if known?["tenant_name"] == tenant.name, known?["exists"] == "t" { return }
        if let owner = known?["tenant_name"], owner != tenant.name {
            throw WarehouseError(
                .nameTaken, "schema \(tenant.schema) belongs to tenant \(owner)",
                hint: "give \(tenant.name) another with dayhaul tenant set --schema")
        }
        // The row may have come by SQL, past the checks of the command.
        try TenantCatalogue.checkNames(of: tenant)
        try await connection.query("CREATE SCHEMA IF NOT EXISTS \(SQL.identifier(tenant.schema))")
        // The owner of a schema can drop whatever is in it, and put something else there.
        let isUsable = try await connection.query(
            "SELECT _wh.is_trusted(nspowner) AND has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = $1", [tenant.schema])
        guard isUsable.scalar == "t" else {
            throw WarehouseError(
                .nameTaken, "schema \(tenant.schema) is somebody else's: it is left alone",
                hint: "give \(tenant.name) another with dayhaul tenant set --schema")
        }
        try await connection.query("INSERT INTO _wh.target_schemas VALUES ($1, $2) ON CONFLICT DO NOTHING", [tenant.schema, tenant.name])
        try await connection.query("SELECT _wh.open_schema($1)", [tenant.schema])
    }

    /// The roles that may read reports, delimited, with commas between.
    static func readers(_ connection: Connection) async throws -> String {
        try await connection.query("SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role')").values
            .compactMap { $0.first ?? nil }.map { SQL.identifier($0) }.joined(separator: ", ")
    }
}
