/// The clusters of the demonstration: tenants, each a primary with its hot standby, and one warehouse, all on 127.0.0.1.
///
/// They are detached: they run on when the program ends. Everything is in one directory, which a killed or cancelled run may leave
/// in any state; the next ``open(directory:tenants:source:programs:deadline:report:)`` finishes or remakes what it finds.
public struct DemoFleet: Sendable {
    /// A role of a database, and how to log in.
    public struct Login: Sendable, Hashable {
        /// The role.
        public let user: String
        /// Its password.
        public let password: String
        /// The database.
        public let database: String
    }

    /// One tenant.
    public struct Tenant: Sendable {
        /// `tenant_a`, `tenant_b`, and so on.
        public let name: String
        /// Where it works.
        public let primary: Cluster
        /// What an engine reads.
        public let standby: Cluster
        /// A role that may SELECT from the tables, and nothing else.
        public let reader: Login
    }

    /// What is being done to a server, told as it begins.
    public struct Step: Sendable, Hashable {
        /// The kinds of steps.
        public enum Action: String, Sendable {
            /// A half-made or outdated cluster is removed.
            case removing
            /// A cluster is made.
            case creating
            /// A stopped server is started.
            case starting
            /// A tenant's tables are made and filled.
            case filling
            /// A standby is copied from its primary, or a tenant's database from another's.
            case copying
            /// A standby replays what its primary has.
            case replaying
            /// The server is as it should be.
            case ready
            /// A server is stopped.
            case stopping
        }

        /// The server: `tenant_a`, `tenant_a_standby`, `warehouse`; in a ``ScratchFleet``, whose tenants share a server, also a tenant.
        public let member: String
        /// What begins.
        public let action: Action
    }

    /// The fleet's directory, absolute.
    public let directory: String
    /// The tenants in the order of their names.
    public let tenants: [Tenant]
    /// The warehouse's server.
    public let warehouse: Cluster
    /// The owner of the database `warehouse`: no superuser, but with CREATEROLE and CREATEDB, as on RDS.
    public let owner: Login

    /// A directory, 0700, for what the engine that works on the fleet keeps: it goes with the fleet.
    public var engineDirectory: String { Self.engineDirectory(directory) }

    static func engineDirectory(_ directory: String) -> String { "\(directory)/engine" }

    /// The most tenants there can be.
    public static let tenantLimit = 26

    static let lockName = "lock"
    static let stateName = "fleet.state"
    static func stateFile(_ directory: String) -> String { "\(directory)/\(stateName)" }

    /// The name of a tenant, counted from 0.
    static func tenantName(_ index: Int) -> String {
        "tenant_\(Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(clamping: min(max(index, 0), tenantLimit - 1)))))"
    }
}
