public import Postgres

/// The server that is measured: where the scratch database is made.
public struct Target: Sendable {
    /// Any database of it, as a role with CREATEDB and CREATEROLE.
    public var server: ConnectionParameters
    /// The scratch database's name.
    public var scratchName = "dayhaul_bench"
    /// A login that may CHECKPOINT; nil tries with the other.
    public var superuser: ConnectionParameters?
    /// The server's machine, where it is not this one.
    public var machine: RemoteMachine?

    /// A machine that nothing but this is known of.
    public struct RemoteMachine: Sendable, Equatable {
        /// As `db.r6g.large`.
        public let name: String
        /// Its vCPUs.
        public let cores: Int
        /// Bytes.
        public let memoryBytes: Int

        /// A machine of that name, cores and memory.
        public init(name: String, cores: Int, memoryBytes: Int) {
            self.name = name
            self.cores = cores
            self.memoryBytes = memoryBytes
        }
    }

    /// A server, by one of its databases.
    public init(_ server: ConnectionParameters) { self.server = server }
}
