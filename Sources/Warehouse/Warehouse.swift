public import Postgres

/// The warehouse database, and the role the engine acts as there.
public struct Warehouse: Sendable {
    /// How to reach it.
    public let parameters: ConnectionParameters
    /// The roles that `init` makes and grants access to.
    public let roles: Roles
    /// What sessions call themselves on the server (`application_name`), at most 63 bytes of ASCII; nil leaves what the connection string
    /// says.
    public var sessionName: String?

    /// Names of the warehouse's roles.
    public struct Roles: Sendable, Equatable {
        /// Owns what the engine makes; nobody logs in as it.
        public var engine = "dayhaul"
        /// Operates the warehouse.
        public var admin = "whadmin"
        /// Reads reports and writes to a schema of its own.
        public var writer = "phood_rw"
        /// Reads reports.
        public var reader = "phood_ro"
        /// The schema in which the writer makes what it likes.
        public var writerSchema = "phood"

        /// The usual names.
        public init() {}
    }

    /// A warehouse at `parameters`.
    public init(_ parameters: ConnectionParameters, roles: Roles = Roles()) {
        self.parameters = parameters
        self.roles = roles
    }

    /// Opens a session as the engine's role and closes it when `body` ends.
    ///
    /// Throws `notInitialised`, `tooOld` or `tooNew` unless the control schema is the program's own.
    public func withSession<Result>(_ body: (Connection) async throws -> Result) async throws -> Result {
        let connection = try await open()
        defer { connection.close() }
        return try await body(connection)
    }

    /// Opens a session as the engine's role; see `withSession`.
    public func open() async throws -> Connection {
        let connection = try await openAsEngine()
        do {
            try await ControlSchema.check(connection)
        } catch {
            connection.close()
            throw error
        }
        return connection
    }

    private func openAsEngine() async throws -> Connection {
        do {
            return try await Connection.open(sessionParameters(asEngine: true))
        } catch let error as PostgresError where error.sqlstate?.code == "22023" || error.sqlstate?.code == "42501" {
            // The role that the session was told to act as does not exist, or the login is no member of it.
            throw WarehouseError(
                .notInitialised, "the warehouse is not initialised for this login: \(error.message)",
                hint: "run dayhaul init as the owner of the database, or GRANT \(roles.engine) TO this login")
        }
    }

    /// Ends the sessions of processes that have these names and stand still: in the middle of a transaction they keep others from their
    /// locks for as long as they do. Returns how many were told to.
    ///
    /// Whoever acts as another role is still the one that logged in to the server, which is why this session acts as none (PostgreSQL manual,
    /// "Server Signaling Functions"). Sessions of other logins it does not see.
    public func endSessions(named names: [String]) async throws -> Int {
        guard !names.isEmpty else { return 0 }
        return try await Connection.with(sessionParameters(asEngine: false)) { connection in
            try await connection.query(
                """
                SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name IN (SELECT json_array_elements_text($1)) AND pid <> pg_backend_pid()
                """, [json(names)]
            ).scalar.flatMap { Int($0) } ?? 0
        }
    }

    /// Nothing that somebody else may have made is found without its schema: an operator that fits its arguments better than PostgreSQL's
    /// own is taken before it (manual, "Operator Type Resolution"), and would run with the engine's rights.
    func sessionParameters(asEngine: Bool) -> ConnectionParameters {
        var parameters = parameters
        parameters.session.searchPath = "pg_catalog, pg_temp"
        parameters.session.lockTimeout = .seconds(10)
        // The locks of a process that died should not outlast it by the length of a statement.
        parameters.session.clientCheckInterval = .seconds(1)
        parameters.session.applicationName = sessionName
        parameters.session.role = asEngine ? roles.engine : nil
        return parameters
    }
}
