internal import Synchronization

/// The clusters that all tests of a process share; each starts when the first test asks for it and ends with the process.
public enum SharedClusters {
    /// Settings of every test cluster: nothing survives a power cut, many clients fit, a standby can be attached.
    public static let settings = [
        "fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB", "max_connections": "120", "wal_level": "replica",
        "max_wal_senders": "10", "max_replication_slots": "10", "max_prepared_transactions": "0", "hot_standby_feedback": "off",
        "max_wal_size": "4GB", "jit": "off", "log_line_prefix": "%m [%p] %q%u@%d ",
    ]

    /// The operational database server of a tenant.
    public static func primary() async throws -> Cluster { try await shared.primary.value() }

    /// The hot standby of ``primary()``.
    public static func standby() async throws -> Cluster { try await shared.standby.value() }

    /// The warehouse's server, a cluster of its own.
    public static func warehouse() async throws -> Cluster { try await shared.warehouse.value() }

    /// A started cluster of a test's own, for tests that stop or kill it; destroyed after `body`.
    @discardableResult
    public static func withCluster<T>(
        settings: [String: String] = [:], encoding: String = "UTF8", _ body: (Cluster) async throws -> T
    ) async throws -> T {
        let cluster = try await start("own-\(Cluster.randomPassword().prefix(8))", settings: settings, encoding: encoding)
        return try await destroyed(cluster, after: body)
    }

    /// A started hot standby of `primary` of a test's own; destroyed after `body`.
    @discardableResult
    public static func withStandby<T>(
        of primary: Cluster, settings: [String: String] = [:], _ body: (Cluster) async throws -> T
    ) async throws -> T {
        let directory = try "\(ScratchDirectory.path())/own-\(Cluster.randomPassword().prefix(8))"
        return try await destroyed(primary.makeStandby(at: directory, settings: settings), after: body)
    }

    private static func destroyed<T>(_ cluster: Cluster, after body: (Cluster) async throws -> T) async throws -> T {
        do {
            let result = try await body(cluster)
            try await cluster.destroy()
            return result
        } catch {
            try? Cluster.purge(cluster.directory)
            throw error
        }
    }

    private static func start(_ name: String, settings: [String: String] = [:], encoding: String = "UTF8") async throws -> Cluster {
        let cluster = try await Cluster.create(
            at: "\(ScratchDirectory.path())/\(name)", settings: self.settings.merging(settings) { $1 }, encoding: encoding)
        try await cluster.start()
        return cluster
    }

    private struct Shared: ~Copyable {
        let primary = Once { try await start("primary") }
        let standby = Once { try await SharedClusters.primary().makeStandby(at: ScratchDirectory.path() + "/standby") }
        let warehouse = Once { try await start("warehouse") }
    }
    private static let shared = Shared()
}

/// A value that is made once, by whoever asks first; the others wait for it. One test's cancellation does not cancel it for all.
private struct Once<Value: Sendable>: ~Copyable, Sendable {
    private let make: @Sendable () async throws -> Value
    private let task = Mutex<Task<Value, any Error>?>(nil)

    init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

    borrowing func value() async throws -> Value {
        let make = make
        let running = task.withLock { task in
            let started = task ?? Task { try await make() }
            task = started
            return started
        }
        return try await running.value
    }
}
