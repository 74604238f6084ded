import Ingest
import Postgres
import Warehouse

/// Tries a tenant's connection.
struct TenantTester: Encodable {
    let tenant: String
    let endpoint: String
    let serverVersion: String
    let isStandby: Bool
    let tls: String?
    /// Whether the password was the field of a JSON document.
    let passwordIsField: Bool
    /// Of which database system it is a part, and how far it has come; empty where it does not tell.
    let position: SourcePosition
    let seconds: Double

    /// Connects, and asks the server about itself. What it has against it is a `Failure` of a source.
    static func test(_ tenant: Tenant, _ keys: KeyRing) async throws -> TenantTester {
        do {
            return try await answer(of: tenant, keys)
        } catch let error as PostgresError {
            throw Failure(error, on: .source)
        }
    }

    private static func answer(of tenant: Tenant, _ keys: KeyRing) async throws -> TenantTester {
        let start = ContinuousClock.now
        let password = try await tenant.password(keys)
        let parameters = try tenant.connectionParameters(password, timeZone: "UTC")
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
                passwordIsField: password.isField,
                position: try await SourcePosition.read(connection), seconds: (ContinuousClock.now - start) / .seconds(1))
        }
    }

    /// Why the tenant's days cannot come from it, when they came from another database system before; nil when they can.
    func refusal(_ known: SourcePosition?) -> Failure? { SourceGuard.refusal(of: position, at: endpoint, known: known, tenant: tenant) }

    /// Throws unless it tells of which database system it is a part.
    func knownPosition() throws -> SourcePosition {
        guard position.systemIdentifier != nil, position.timeline != nil, position.replayLSN != nil else {
            throw WarehouseError(
                .unknownSource, "\(endpoint) does not tell which database system it belongs to",
                hint: "nothing is to be accepted then: such a replica is never refused")
        }
        return position
    }

    var summary: String {
        let kind = isStandby ? "a hot standby" : "a primary: reports will load it, a read replica spares it"
        return "\(tenant): \(endpoint) answers in \(Quantity.seconds(seconds)): PostgreSQL \(serverVersion), \(tls ?? "no TLS"), \(kind)"
            + (passwordIsField ? "; the password is the field password of a JSON document" : "")
    }
}
