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
        let daysTable = try await connection.query("SELECT _wh.fitted_name($1, '_days')", [report.name]).scalar ?? ""
        let target = ReportTarget(tenant: tenant.name, schema: tenant.schema, daysTable: daysTable, report: report)
        try await target.ensureParent(connection)
        try await TypeSource.note(report.ownTypes, connection)
        try await connection.query("SELECT _wh.ensure_tenant_view($1, $2)", [target.schema, report.name])
        return target
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
            try await connection.query("SELECT _wh.claim_schema($1, $2)", [tenant.name, tenant.schema])
        } catch let error as PostgresError where error.code == .server {
            let code: WarehouseError.Code? =
                switch error.sqlstate?.code {
                case "42704": .unknownTenant
                case "42602": .invalidName
                case "42P06": .nameTaken
                default: nil
                }
            guard let code else { throw error }
            let isTaken = code == .nameTaken
            throw WarehouseError(
                code, error.message, hint: isTaken ? "give \(tenant.name) another with dayhaul tenant set --schema" : error.hint)
        }
    }

    /// The roles that may read reports, delimited, with commas between.
    static func readers(_ connection: Connection) async throws -> String {
        try await connection.query("SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role')").values
            .compactMap { $0.first ?? nil }.map { SQL.identifier($0) }.joined(separator: ", ")
    }
}
