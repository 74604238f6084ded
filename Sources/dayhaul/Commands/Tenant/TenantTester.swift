import Postgres
import Warehouse

/// Tries a tenant's connection.
struct TenantTester: Encodable {
    let tenant: String
    let endpoint: String
    let serverVersion: String
    let isStandby: Bool
    let tls: String?
    let seconds: Double

    /// Connects, and asks the server about itself.
    static func test(_ tenant: Tenant, _ keys: KeyRing) async throws -> TenantTester {
        let start = ContinuousClock.now
        let parameters = try await tenant.connectionParameters(keys, timeZone: "UTC")
        return try await Connection.with(parameters) { connection in
            let row = try await connection.query(
                """
                SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS standby,
                    (SELECT version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls
                """
            ).rows.first
            return TenantTester(
                tenant: tenant.name, endpoint: "\(tenant.host):\(tenant.port)/\(tenant.database)",
                serverVersion: row?["version"] ?? "unknown", isStandby: row?["standby"] == "t", tls: row?["tls"],
                seconds: (ContinuousClock.now - start) / .seconds(1))
        }
    }

    var summary: String {
        let kind = isStandby ? "a hot standby" : "a primary: reports will load it, a read replica spares it"
        return "\(tenant): \(endpoint) answers in \(Quantity.seconds(seconds)): PostgreSQL \(serverVersion), \(tls ?? "no TLS"), \(kind)"
    }
}
