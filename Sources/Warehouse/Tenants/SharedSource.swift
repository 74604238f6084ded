/// A database that several tenants are read from: its rows are in the public views once for each of them.
public struct SharedSource: Sendable, Equatable {
    /// `host:port/database`
    public let endpoint: String
    /// The tenants, by name.
    public let tenants: [String]

    /// For people, without a full stop.
    public var description: String {
        "tenants \(tenants.joined(separator: " and ")) are one database, \(endpoint): "
            + "public views have its rows once for each of them"
    }

    /// The databases that several of some tenants have, in the order of their names.
    public static func all(among tenants: [Tenant]) -> [SharedSource] {
        Dictionary(grouping: tenants, by: \.endpoint).compactMap { endpoint, tenants in
            let names = Set(tenants.map(\.name)).sorted()
            return names.count > 1 ? SharedSource(endpoint: endpoint, tenants: names) : nil
        }.sorted { $0.endpoint < $1.endpoint }
    }
}

extension Tenant {
    /// Names of hosts are the same in capitals.
    fileprivate var endpoint: String { "\(host.lowercased()):\(port)/\(database)" }
}
