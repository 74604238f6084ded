import Warehouse

extension SharedSource {
    /// Warns, on standard error, of databases that several of some tenants are read from.
    static func warn(among tenants: [Tenant]) { all(among: tenants).forEach(warn) }

    /// Warns of other tenants with the database of one that is added or changed.
    static func warn(about tenant: Tenant, among tenants: [Tenant]) {
        all(among: tenants.filter { $0.name != tenant.name } + [tenant]).filter { $0.tenants.contains(tenant.name) }
            .forEach(warn)
    }

    private static func warn(_ shared: SharedSource) {
        StandardError.write("dayhaul: warning: \(shared.description)\n")
    }
}
