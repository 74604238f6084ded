import Ingest
import Warehouse

/// What became of one of the tenants that a command changed.
struct TenantChange: Encodable {
    let tenant: String
    /// The tenant as it is now, or would be.
    var result: TenantDocument?
    var error: Failure?

    init(_ tenant: Tenant) {
        self.tenant = tenant.name
        result = TenantDocument(tenant)
    }

    init(_ tenant: String, _ error: any Error) {
        self.tenant = tenant
        self.error = Failure(error, on: .warehouse)
    }
}
