public import Warehouse

/// A server that one or more tenants are read from.
public struct Replica: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int

    /// The server of a tenant.
    public init(_ tenant: Tenant) {
        host = tenant.host
        port = tenant.port
    }

    /// `host:port`
    public var description: String { "\(host):\(port)" }
}

/// The COPY streams that a replica may serve at once: in this run, first come first served, and in all runs together.
struct ReplicaStreams: Sendable {
    private let replica: Replica
    private let here: Limiter
    private let everywhere: SharedLimit

    /// The strictest of the limits that the tenants on the replica have.
    init(_ replica: Replica, _ tenants: [Tenant], usual: Int) {
        let limit = tenants.map { $0.maximumStreams ?? usual }.min() ?? usual
        self.replica = replica
        here = Limiter(limit)
        everywhere = SharedLimit("stream \(replica)", slots: limit)
    }

    /// Runs `body` while one of the streams is its own. `waits` is told for what, when other runs have them all.
    func withStream<Result>(
        _ control: ControlSession, waits: @Sendable (String) -> Void, _ body: () async throws -> Result
    ) async throws -> Result {
        try await here.withPermit {
            try await control.withSlot(of: everywhere) {
                waits("other runs have all streams of \(replica) (\(everywhere.slots) at once)")
            } _: {
                try await body()
            }
        }
    }
}
