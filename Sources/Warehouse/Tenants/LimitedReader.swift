public import Postgres
import SQLText

/// A role that reads some tenants and no others, in their schemas and through the public views.
///
/// It is given the right to use those tenants' schemas and to read their views, which read the tables below with the rights of their owner: a
/// day published later needs nothing. Public views ask for the same right.
public struct LimitedReader: Sendable, Equatable {
    /// The role.
    public let role: String
    /// The tenants that it reads, by name.
    public let tenants: [String]
    /// The role is not there yet.
    public let isNew: Bool

    /// What `role` is in the warehouse now; nil when it is no limited reader.
    public static func named(_ role: String, _ connection: Connection) async throws -> LimitedReader? {
        let found = try await connection.query(
            """
            SELECT t.tenant_name FROM _wh.limited_readers r LEFT JOIN _wh.limited_reader_tenants t USING (role_name)
            WHERE r.role_name = $1 ORDER BY 1
            """, [role])
        guard !found.values.isEmpty else { return nil }
        return LimitedReader(role: role, tenants: found.values.compactMap { $0.first ?? nil }, isNew: false)
    }

    /// What letting `role` read `tenants`, beside those that it reads already, makes of it. Changes nothing.
    ///
    /// Throws `unknownTenant`, `invalidName`, and `notLimited` for a role that reads all tenants by other rights.
    public static func adding(_ tenants: [String], to role: String, _ connection: Connection) async throws -> LimitedReader {
        try checkName(role)
        for tenant in tenants { _ = try await TenantCatalogue.named(tenant, connection) }
        try await refuseUnlimited(role, connection)
        let isThere = try await connection.query("SELECT FROM pg_roles WHERE rolname = $1", [role]).values.count == 1
        let known = try await named(role, connection)?.tenants ?? []
        return LimitedReader(role: role, tenants: Set(known + tenants).sorted(), isNew: !isThere)
    }

    /// What taking `tenants` from `role` leaves of it. Changes nothing. Throws `unknownTenant`, and `notLimited` for a role that is no
    /// limited reader.
    public static func removing(_ tenants: [String], from role: String, _ connection: Connection) async throws -> LimitedReader {
        for tenant in tenants { _ = try await TenantCatalogue.named(tenant, connection) }
        guard let known = try await named(role, connection) else {
            throw WarehouseError(
                .notLimited, "\(role.debugDescription) is not limited to tenants", hint: "dayhaul tenant reader ROLE TENANT… makes it so")
        }
        return LimitedReader(role: role, tenants: known.tenants.filter { !tenants.contains($0) }, isNew: false)
    }

    /// GRANT takes the first two for something else however they are quoted.
    private static func checkName(_ role: String) throws(WarehouseError) {
        guard TenantCatalogue.isUsable(role), !["public", "none"].contains(role), !role.hasPrefix("pg_") else {
            throw WarehouseError(
                .invalidName, "\(role.debugDescription) cannot be the name of a reader",
                hint: "1 to 63 bytes without control characters, not public, none or pg_…")
        }
    }

    private static func refuseUnlimited(_ role: String, _ connection: Connection) async throws {
        let other = try await connection.query(
            """
            SELECT g.rolname FROM pg_roles g JOIN pg_roles r ON r.rolname = $1 AND pg_has_role(r.oid, g.oid, 'MEMBER')
            WHERE g.rolsuper OR g.rolname = current_user
                OR g.rolname IN (SELECT value FROM _wh.settings WHERE name IN ('admin_role', 'writer_role', 'reader_role'))
            ORDER BY g.rolname LIMIT 1
            """, [role]
        ).scalar
        guard let other else { return }
        throw WarehouseError(
            .notLimited, "\(role) reads all tenants, as \(other == role ? "it is" : "a member of \(other)")",
            hint: "name another role, or REVOKE the membership first")
    }
}
