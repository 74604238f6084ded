/// Clusters of a benchmark with synthetic tenants: a primary with a database for each tenant, its hot standby, and a warehouse if
/// asked for, all on 127.0.0.1.
///
/// The servers end with this process, even by SIGKILL. The directory belongs to this fleet until ``destroy()``: another opening is
/// refused as long as the process lives, and removes what is left when it was killed.
public struct ScratchFleet: Sendable {
    /// Tenants with the same data.
    public struct Variant: Sendable, Hashable {
        /// What the names of its tenants begin with: up to 50 lower-case letters, digits and underscores.
        public var name: String
        /// Facts a day.
        public var rowsPerDay: Int
        /// How many days have facts.
        public var days: Int
        /// Characters added to the name of each inventory item, so that each row of the food-log report that has an item is that much
        /// wider. They differ from item to item and are hexadecimal digests, which compress little.
        public var extraTextBytes: Int
        /// How many tenants there are, each with a database of its own.
        public var tenants: Int

        /// A variant; ``ScratchFleet/open(directory:variants:source:makesWarehouse:warehouseSettings:spareBytes:programs:deadline:report:)``
        /// checks it.
        public init(name: String, rowsPerDay: Int, days: Int, extraTextBytes: Int = 0, tenants: Int) {
            self.name = name
            self.rowsPerDay = rowsPerDay
            self.days = days
            self.extraTextBytes = extraTextBytes
            self.tenants = tenants
        }
    }

    /// One tenant.
    public struct Tenant: Sendable, Hashable {
        /// The variant's name, an underscore and the tenant's number from 1: `usual_1`.
        public let name: String
        /// What data it has.
        public let variant: Variant
        /// Where its standby listens.
        public let port: Int
        /// A role that may SELECT from the tables, and nothing else. The role is the same for all tenants; the database is called like
        /// its tenant.
        public let reader: DemoFleet.Login

        /// The address that its standby listens on.
        public var host: String { Cluster.host }
    }

    /// The fleet's directory, absolute.
    public let directory: String
    /// The tenants, in the order of the variants and by number.
    public let tenants: [Tenant]
    /// Where the tenants' databases were made.
    public let primary: Cluster
    /// What an engine reads.
    public let standby: Cluster
    /// The warehouse's server, if asked for.
    public let warehouse: Cluster?
    /// The owner of the database `warehouse`: no superuser, but with CREATEROLE and CREATEDB, as on RDS. Nil without a warehouse.
    public let owner: DemoFleet.Login?

    let lock: FleetLock
    /// Those that this process could use when the fleet was opened.
    let processors: ProcessorSet

    /// All servers: the standby after its primary.
    public var members: [Cluster] { [primary, standby] + (warehouse.map { [$0] } ?? []) }

    /// A directory, 0700, for what the engine that works on the fleet keeps: it goes with the fleet.
    public var engineDirectory: String { Self.engineDirectory(directory) }

    static func engineDirectory(_ directory: String) -> String { "\(directory)/engine" }

    // Not the demonstration's name: neither takes the other's directory for its own.
    static let lockName = "scratch.lock"
    /// The file that says that the directory was there, empty, before the fleet.
    static let foundName = "scratch.found"
}
