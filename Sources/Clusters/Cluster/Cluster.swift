internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A throw-away local PostgreSQL cluster: one data directory and the server on it.
///
/// It listens on 127.0.0.1 only and asks everyone for a password (scram-sha-256). Everything it has is in its directory: the data,
/// the log, the Unix socket, and a marker file without which ``destroy()`` removes nothing.
///
/// The methods that start and stop one cluster are called one after another by its owner; everything else may be called at any time.
public final class Cluster: Sendable {
    /// How long the server lives.
    public enum Lifetime: Sendable, Hashable {
        /// Until it is stopped, until this object is released, or until this process ends, even by SIGKILL.
        case supervised
        /// Until it is stopped; it outlives this process.
        case detached
    }

    /// How a server is asked to stop (pg_ctl's modes).
    public enum StopMode: String, Sendable, Hashable {
        /// After the last client has gone.
        case smart
        /// At once: clients are disconnected, and a checkpoint is written.
        case fast
        /// At once without a checkpoint; the next start recovers.
        case immediate
    }

    /// The address that every cluster listens on.
    public static let host = "127.0.0.1"

    /// The cluster's directory, absolute.
    public let directory: String
    /// The name of the superuser made by initdb.
    public let superuser: String
    /// The superuser's password.
    public let password: String
    /// The settings asked for, without those that every cluster has.
    public let settings: [String: String]
    /// How long the server lives.
    public let lifetime: Lifetime
    /// The installation the cluster was made with.
    public let programs: ServerPrograms
    /// The account that runs it.
    public let account: ServerAccount

    /// The primary's port for a standby, nil for a primary.
    let primaryPort: Int?

    struct State: ~Copyable {
        var port: Int
        var mayMove: Bool
        var supervisor: Supervisor?
    }
    let state: Mutex<State>

    init(
        directory: String, port: Int, mayMove: Bool, superuser: String, password: String, settings: [String: String], lifetime: Lifetime,
        programs: ServerPrograms, account: ServerAccount, primaryPort: Int?
    ) {
        self.directory = directory
        self.superuser = superuser
        self.password = password
        self.settings = settings
        self.lifetime = lifetime
        self.programs = programs
        self.account = account
        self.primaryPort = primaryPort
        state = Mutex(State(port: port, mayMove: mayMove, supervisor: nil))
    }

    /// The port it listens on, or will when started.
    public var port: Int { state.withLock { $0.port } }

    /// The directory of the Unix socket: the cluster's own. Nil when its path is too long for a socket, whose address holds 107
    /// bytes (unix(7)); the server then has none.
    public var socketDirectory: String? {
        "\(directory)/.s.PGSQL.65535.lock".utf8.count <= 107 ? directory : nil
    }

    /// Whether a postmaster runs on the data directory, be it starting, ready or stopping.
    public var isRunning: Bool { postmasterPID != nil }

    /// The postmaster's process id, or nil when none runs.
    public var postmasterPID: Int32? {
        guard let file = postmaster, let data = Directory.resolved(dataDirectory) else { return nil }
        return ProcessTable.works(file.processID, in: data) ? file.processID : nil
    }

    /// The data directory, with `pg_hba.conf` and whatever files settings name by a relative path.
    public var dataDirectory: String { "\(directory)/data" }

    /// The server's log file.
    public var logFile: String { "\(directory)/log" }

    /// A libpq connection string without the password.
    ///
    /// - Parameter user: nil for the superuser.
    public func conninfo(database: String = "postgres", user: String? = nil) -> String {
        "host=\(Self.host) port=\(port) dbname=\(database) user=\(user ?? superuser)"
    }

    /// The last part of the directory.
    var name: String { directory.split(separator: "/").last.map(String.init) ?? directory }

    /// The port to start on next time.
    func move(to port: Int) { state.withLock { $0.port = port } }

    var settingsFile: String { "\(directory)/cluster.conf" }
    var passwordFile: String { "\(directory)/standby.pgpass" }
    static func marker(in directory: String) -> String { "\(directory)/.dayhaul-cluster" }

    /// What the server wrote of itself; it may have died since.
    var postmaster: PostmasterFile? {
        PrivateFile.read("\(dataDirectory)/postmaster.pid").flatMap(PostmasterFile.init)
    }

    /// A command run by the cluster's account within its directory.
    func command(
        _ program: ServerPrograms.Program, _ arguments: [String], environment: [String: String] = [:], deadline: Duration
    ) -> Command {
        Command(
            program: programs.path(of: program), arguments: arguments, environment: environment, directory: directory, account: account,
            deadline: deadline)
    }
}
