internal import Synchronization

/// Which shared cluster a test database is on.
public enum DatabaseSite: Sendable {
    /// The server of a tenant.
    case primary
    /// The warehouse.
    case warehouse
}

/// Runs `body` with a new, empty database, and drops it afterwards, whoever is still connected to it.
///
/// - Parameter encoding: other than UTF8 goes with the locale C.
@discardableResult
public func withDatabase<T>(
    on site: DatabaseSite = .primary, encoding: String = "UTF8", _ body: (TestDatabase) async throws -> T
) async throws -> T {
    let cluster =
        switch site {
        case .primary: try await SharedClusters.primary()
        case .warehouse: try await SharedClusters.warehouse()
        }
    return try await withDatabase(in: cluster, encoding: encoding, body)
}

/// As ``withDatabase(on:encoding:_:)``, on a running cluster of the test's own.
@discardableResult
public func withDatabase<T>(in cluster: Cluster, encoding: String = "UTF8", _ body: (TestDatabase) async throws -> T) async throws -> T {
    let name = "t_\(count.add(1, ordering: .relaxed).newValue)"
    let locale = encoding == "UTF8" ? "C.UTF-8" : "C"
    try await cluster.psql(
        #"CREATE DATABASE :"name" TEMPLATE template0 ENCODING :'encoding' LC_COLLATE :'locale' LC_CTYPE :'locale'"#,
        variables: ["name": name, "encoding": encoding, "locale": locale])
    do {
        let result = try await body(TestDatabase(cluster: cluster, database: name))
        try await drop(name, in: cluster)
        return result
    } catch {
        try? await drop(name, in: cluster)
        throw error
    }
}

/// Runs `body` with a new, empty database on the shared primary and its hot standby, which shows it already.
@discardableResult
public func withStandbyDatabase<T>(encoding: String = "UTF8", _ body: (ReplicatedDatabase) async throws -> T) async throws -> T {
    let standby = try await SharedClusters.standby()
    return try await withDatabase(on: .primary, encoding: encoding) { primary in
        let both = ReplicatedDatabase(primary: primary, standby: TestDatabase(cluster: standby, database: primary.database))
        try await both.replay()
        return try await body(both)
    }
}

private let count = Atomic(0)

private func drop(_ name: String, in cluster: Cluster) async throws {
    guard cluster.isRunning else { return }
    try await cluster.psql(#"DROP DATABASE IF EXISTS :"name" WITH (FORCE)"#, variables: ["name": name])
}
