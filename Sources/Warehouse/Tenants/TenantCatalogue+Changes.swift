public import Postgres

/// Changes of which each is one statement's or one transaction's, so that two at once do not undo each other.
extension TenantCatalogue {
    /// Lets tenants be read, or not. Throws `beingDropped` for one that is to be read and is being dropped.
    public static func setEnabled(_ isEnabled: Bool, _ names: [String], _ connection: Connection) async throws {
        if isEnabled {
            for name in names { try await TenantRemoval.refuse(name, connection) }
        }
        try await connection.query(
            "UPDATE _wh.tenant_connections SET enabled = $2 WHERE tenant_name IN (SELECT json_array_elements_text($1))",
            [json(names), String(isEnabled)])
    }

    /// Seals a tenant's password again with the ring's first key, and returns the tenant as it is then. Throws `cannotUnseal`.
    public static func reseal(_ name: String, _ keys: KeyRing, _ connection: Connection) async throws -> Tenant {
        try await connection.transaction {
            var tenant = try await locked(name, connection)
            try tenant.seal(try tenant.passwordSourceToReseal(keys), with: keys)
            try await connection.query(
                "UPDATE _wh.tenant_connections SET password = $2 WHERE tenant_name = $1", [name, tenant.sealedPassword])
            return tenant
        }
    }

    /// Seals again the passwords that are sealed in the older form. Returns the tenants, and why the others' do not open.
    public static func resealOlderForms(
        _ keys: KeyRing, _ connection: Connection
    ) async throws -> (resealed: [String], closed: [(tenant: String, error: WarehouseError)]) {
        var (resealed, closed): ([String], [(String, WarehouseError)]) = ([], [])
        for tenant in try await all(connection) where tenant.isSealedInOlderForm {
            do {
                resealed.append(try await reseal(tenant.name, keys, connection).name)
            } catch let error as WarehouseError {
                closed.append((tenant.name, error))
            }
        }
        return (resealed, closed)
    }

    /// What `rename` would make of a tenant. Throws `invalidName`, `tenantExists`, `unknownTenant`, and `cannotUnseal`, because the password
    /// is bound to the name.
    public static func renamed(_ name: String, to newName: String, _ keys: KeyRing, _ connection: Connection) async throws -> Tenant {
        var tenant = try await named(name, connection)
        // What the password is bound to.
        let before = tenant
        // The schema stays, and is the tenant's name no longer.
        tenant.name = newName
        try checkNames(of: tenant)
        guard try await !all(connection).contains(where: { $0.name == newName }) else {
            throw WarehouseError(.tenantExists, "a tenant is called \(newName) already", hint: "choose another name")
        }
        try tenant.seal(try before.passwordSource(keys), with: keys)
        return tenant
    }

    /// Gives a tenant another name, in one transaction: its schema, days and source stay its own, and the run log follows.
    ///
    /// A day that is being published meanwhile is waited for; one that is published later is its own under the new name.
    public static func rename(_ name: String, to newName: String, _ keys: KeyRing, _ connection: Connection) async throws -> Tenant {
        try await connection.transaction {
            _ = try await locked(name, connection)
            let tenant = try await renamed(name, to: newName, keys, connection)
            // Tables with a foreign key to this one follow by themselves.
            try await connection.query(
                "UPDATE _wh.tenant_connections SET tenant_name = $2, target_schema = $3, password = $4 WHERE tenant_name = $1",
                [name, newName, tenant.schema == newName ? nil : tenant.schema, tenant.sealedPassword])
            for table in ["ledger", "run_events"] {
                try await connection.query("UPDATE _wh.\(table) SET tenant_name = $2 WHERE tenant_name = $1", [name, newName])
            }
            return tenant
        }
    }

    /// The tenant of that name, which nobody else changes until the transaction ends.
    private static func locked(_ name: String, _ connection: Connection) async throws -> Tenant {
        try await connection.query("SELECT FROM _wh.tenant_connections WHERE tenant_name = $1 FOR NO KEY UPDATE", [name])
        return try await named(name, connection)
    }
}
