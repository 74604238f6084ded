/// One database on a test cluster, a test's own.
public struct TestDatabase: Sendable {
    /// The cluster it is on.
    public let cluster: Cluster
    /// Its name, letters, digits and underscores only.
    public let database: String

    /// Always 127.0.0.1.
    public var host: String { Cluster.host }
    /// The server's port.
    public var port: Int { cluster.port }
    /// The role that owns the cluster.
    public var superuser: String { cluster.superuser }
    /// Its password.
    public var password: String { cluster.password }

    /// A libpq connection string of the superuser, password included.
    public var conninfo: String { conninfo(port: port) }

    /// As ``conninfo``, by way of another port, such as a ``FaultProxy``'s.
    public func conninfo(port: Int) -> String {
        "host=\(host) port=\(port) dbname=\(database) user=\(superuser) password=\(password)"
    }

    /// The same database as a standby of its cluster shows it.
    public func shown(by standby: Cluster) -> TestDatabase { TestDatabase(cluster: standby, database: database) }

    /// Runs SQL text with psql; see ``Cluster/psql(_:database:user:password:variables:deadline:)``.
    @discardableResult
    public func psql(
        _ sql: String, user: String? = nil, password: String? = nil, variables: [String: String] = [:], deadline: Duration = .seconds(60)
    ) async throws -> String {
        try await cluster.psql(sql, database: database, user: user, password: password, variables: variables, deadline: deadline)
    }

    /// Runs a file with psql.
    @discardableResult
    public func psql(file: String, variables: [String: String] = [:], deadline: Duration = .seconds(60)) async throws -> String {
        try await cluster.psql(file: file, database: database, variables: variables, deadline: deadline)
    }
}
