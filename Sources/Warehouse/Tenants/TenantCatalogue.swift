import PlainText
public import Postgres
import SQLText

/// Reads and changes `_wh.tenant_connections`.
public enum TenantCatalogue {
    private static let columns =
        "tenant_name, host, port, dbname, username, password, target_schema, sslmode, ca_file, enabled, max_streams, stall_seconds,"
        + " allow_password_auth"

    /// All tenants by name.
    public static func all(_ connection: Connection) async throws -> [Tenant] {
        try await connection.query("SELECT \(columns) FROM _wh.tenant_connections ORDER BY tenant_name").rows.map(tenant)
    }

    /// The tenant of that name. Throws `unknownTenant` naming those there are.
    public static func named(_ name: String, _ connection: Connection) async throws -> Tenant {
        let all = try await all(connection)
        guard let tenant = all.first(where: { $0.name == name }) else { throw unknown(name, all.map(\.name)) }
        return tenant
    }

    /// The error for a name, or a pattern, that no tenant has.
    public static func unknown(_ name: String, _ known: [String]) -> WarehouseError {
        WarehouseError(
            .unknownTenant, "no tenant is called \(name)",
            hint: known.isEmpty
                ? "there are none yet: dayhaul tenant add NAME --host HOST --dbname DATABASE --username USER --password-stdin"
                : "there are \(known.prefix(12).joined(separator: ", "))")
    }

    /// Adds a tenant. Throws `tenantExists`, or `nameTaken` when its schema belongs to another tenant.
    public static func add(_ tenant: Tenant, _ connection: Connection) async throws {
        try checkNames(of: tenant)
        let owner = try await connection.query(
            """
            SELECT tenant_name FROM _wh.target_schemas WHERE schema_name = $1
            UNION SELECT tenant_name FROM _wh.tenant_connections WHERE coalesce(target_schema, tenant_name) = $1
            """, [tenant.schema]
        ).scalar
        if owner == tenant.name {
            throw WarehouseError(
                .tenantExists, "tenant \(tenant.name) exists", hint: "change it with dayhaul tenant set \(Shell.word(tenant.name)) …")
        }
        if let owner {
            throw WarehouseError(.nameTaken, "schema \(tenant.schema) belongs to tenant \(owner)", hint: "choose another with --schema")
        }
        let added = try await connection.query(
            """
            INSERT INTO _wh.tenant_connections
                (tenant_name, host, port, dbname, username, password, target_schema, sslmode, ca_file, enabled, max_streams, stall_seconds,
                allow_password_auth)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (tenant_name) DO NOTHING
            """, values(tenant))
        guard added.affectedRows == 1 else {
            throw WarehouseError(
                .tenantExists, "tenant \(tenant.name) exists", hint: "change it with dayhaul tenant set \(Shell.word(tenant.name)) …")
        }
    }

    /// Stores a tenant's changed values under its name. Throws `invalidName` for a schema that cannot be a tenant's.
    public static func update(_ tenant: Tenant, _ connection: Connection) async throws {
        try checkNames(of: tenant)
        try await connection.query(
            """
            UPDATE _wh.tenant_connections SET host = $2, port = $3, dbname = $4, username = $5, password = $6, target_schema = $7,
                sslmode = $8, ca_file = $9, enabled = $10, max_streams = $11, stall_seconds = $12, allow_password_auth = $13
            WHERE tenant_name = $1
            """, values(tenant))
    }

    /// Throws `invalidName` for a tenant whose name or schema cannot be used; connects to nothing.
    public static func checkNames(of tenant: Tenant) throws(WarehouseError) {
        guard isUsable(tenant.name) else {
            throw WarehouseError(
                .invalidName, "\(tenant.name.isEmpty ? "an empty name" : tenant.name.debugDescription) cannot be a tenant's name",
                hint: "1 to 63 bytes without control characters")
        }
        let schema = tenant.schema
        guard isUsable(schema), !schema.hasPrefix("pg_"), !["_wh", "public", "information_schema"].contains(schema) else {
            throw WarehouseError(
                .invalidName, "\(schema.isEmpty ? "an empty name" : schema.debugDescription) cannot be the name of a tenant's schema",
                hint: "1 to 63 bytes, not public, _wh or pg_…; give another with --schema")
        }
    }

    /// What PostgreSQL takes as an identifier and every message shows as one line.
    static func isUsable(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && !name.unicodeScalars.contains(where: PlainText.isUnseen)
    }

    private static func values(_ tenant: Tenant) -> [String?] {
        [
            tenant.name, tenant.host, String(tenant.port), tenant.database, tenant.user, tenant.sealedPassword,
            tenant.schema == tenant.name ? nil : tenant.schema, tenant.tls.mode.rawValue, tenant.tls.authorities,
            String(tenant.isEnabled), tenant.maximumStreams.map { String($0) }, tenant.stallSeconds.map { String($0) },
            String(tenant.allowsPasswordAuthentication),
        ]
    }

    private static func tenant(_ row: QueryResult.Row) throws -> Tenant {
        let name: String = try row.value("tenant_name")
        var tenant = Tenant(
            name: name, host: try row.value("host"), port: try row.value("port"), database: try row.value("dbname"),
            user: try row.value("username"),
            tls: TLS(mode: TLS.Mode(rawValue: try row.value("sslmode")) ?? .verifyFull, authorities: row["ca_file"]),
            schema: row["target_schema"])
        tenant.sealedPassword = try row.value("password")
        tenant.allowsPasswordAuthentication = try row.value("allow_password_auth")
        tenant.isEnabled = try row.value("enabled")
        tenant.maximumStreams = row["max_streams"].flatMap { Int($0) }
        tenant.stallSeconds = row["stall_seconds"].flatMap { Int($0) }
        return tenant
    }
}
