import Postgres
import Warehouse

/// A tenant as it is shown: everything but the password.
struct TenantDocument: Encodable {
    let name: String
    let host: String
    let port: Int
    let dbname: String
    let username: String
    let sslmode: String
    let caFile: String?
    let schema: String
    let enabled: Bool
    let maxStreams: Int?
    let stallSeconds: Int?

    init(_ tenant: Tenant) {
        name = tenant.name
        host = tenant.host
        port = tenant.port
        dbname = tenant.database
        username = tenant.user
        sslmode = tenant.tls.mode.rawValue
        caFile = tenant.tls.authorities
        schema = tenant.schema
        enabled = tenant.isEnabled
        maxStreams = tenant.maximumStreams
        stallSeconds = tenant.stallSeconds
    }
}
