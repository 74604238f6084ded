import CrashPoints
public import Postgres
public import PostgresBinary
public import Reports
import SQLText
import Stages

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
    /// be. Where nothing was loaded before, gaps are filled from `start` on from now on.
    ///
    /// Throws `nameTaken` where the schema belongs to another tenant or something that is not the engine's has one of
    /// the names, and `columnsChanged` where the report's columns can no longer be those of the days loaded before, and
    /// `tooManyLocks` where the server has no room for the locks that a new column takes.
    public static func ensure(
        _ report: ReportDefinition, for tenant: Tenant, startingOn start: CalendarDate? = nil, _ connection: Connection
    ) async throws -> ReportTarget {
        let target = try await connection.inWarehouse(.view) { try await ensured(report, for: tenant, start, connection) }
        CrashPoint.targetReady.reach()
        return target
    }

    private static func ensured(
        _ report: ReportDefinition, for tenant: Tenant, _ start: CalendarDate?, _ connection: Connection
    ) async throws -> ReportTarget {
        try await connection.transaction {
            try await connection.query("SET LOCAL lock_timeout = '2s'")
            try await TenantRemoval.refuse(tenant.name, connection)
            let target = try await make(report, for: tenant, connection)
            if let start {
                try await connection.query(
                    "SELECT _wh.begin_target($1, $2, $3)", [target.schema, report.name, start.description])
            }
            return target
        }
    }

    /// As `ensure`, in the caller's transaction.
    static func make(_ report: ReportDefinition, for tenant: Tenant, _ connection: Connection) async throws -> ReportTarget {
        try await claimSchema(tenant, connection)
        let target = ReportTarget(
            tenant: tenant.name, schema: tenant.schema,
            daysTable: try await daysTable(of: report.name, in: tenant.schema, connection), report: report)
        try await target.ensureParent(connection)
        try await TypeSource.note(report.ownTypes, connection)
        try await connection.query("SELECT _wh.ensure_tenant_view($1, $2)", [target.schema, report.name])
        return target
    }

    /// As it is known since the first day, or a name that is free; the report keeps its name until the transaction
    /// ends.
    private static func daysTable(
        of report: String, in schema: String, _ connection: Connection
    ) async throws -> String {
        let name = try await connection.query(
            """
            SELECT coalesce(
                (SELECT t.days_table FROM _wh.report_targets t WHERE t.schema_name = $2 AND t.template_name = $1),
                _wh.free_name($2, $1, '_days'))
            FROM _wh.mv_templates m WHERE m.template_name = $1 FOR KEY SHARE
            """, [report, schema]
        ).scalar
        guard let name else {
            throw WarehouseError(
                .unknownReport, "report \(report) was renamed or removed meanwhile", hint: "run the same command again")
        }
        return name
    }

    /// Keeps the target what it is until the transaction ends. Throws `schemaChanged` when its report was renamed, or
    /// its tenant moved.
    func hold(_ connection: Connection) async throws {
        let known = try await connection.query(
            "SELECT days_table FROM _wh.report_targets WHERE schema_name = $1 AND template_name = $2 FOR KEY SHARE",
            [schema, report.name])
        guard known.scalar == daysTable else {
            throw WarehouseError(
                .schemaChanged, "\(schema).\(report.name) was renamed, moved or removed since the run began",
                hint: "run the same command again")
        }
    }

    /// Makes the public view of a report what it should be. Replacing it waits for those who read it, for two seconds at most: new readers
    /// queue up behind the replacement. Writes nothing when it is right.
    public static func refreshPublicView(of report: String, _ connection: Connection) async throws {
        try await connection.inWarehouse(.view) {
            try await connection.transaction {
                try await connection.query("SET LOCAL lock_timeout = '2s'")
                try await connection.query("SELECT _wh.ensure_public_view($1)", [report])
                CrashPoint.viewReplaced.reach()
            }
        }
    }

    private static func claimSchema(_ tenant: Tenant, _ connection: Connection) async throws {
        do {
            try await connection.query("SELECT _wh.claim_own_schema($1, $2)", [tenant.name, tenant.schema])
        } catch {
            let codes: [String: WarehouseError.Code] = [
                "42704": .unknownTenant, "42602": .invalidName, "42P06": .nameTaken, "55000": .schemaChanged,
            ]
            guard let refusal = WarehouseError(error, codes) else { throw error }
            guard refusal.code == .nameTaken else { throw refusal }
            throw WarehouseError(
                .nameTaken, refusal.message,
                hint: "give it another: dayhaul tenant set \(Shell.word(tenant.name)) --schema NEW_SCHEMA")
        }
    }

    /// The roles that may read reports, delimited, with commas between.
    static func readers(_ connection: Connection) async throws -> String {
        try await connection.query("SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role')").values
            .compactMap { $0.first ?? nil }.map { SQL.identifier($0) }.joined(separator: ", ")
    }
}
