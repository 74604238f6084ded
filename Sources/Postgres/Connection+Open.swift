import CPostgres

extension Connection {
    /// Opens a connection, hands it to `body` and closes it afterwards, however `body` ends.
    public static func with<Result>(
        _ parameters: ConnectionParameters, _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        let connection = try await open(parameters)
        defer { connection.close() }
        return try await body(connection)
    }

    /// Resolves the host, connects, authenticates and pins the session's settings, each within its own deadline.
    ///
    /// Throws `PostgresError`, or `CancellationError` when the task is cancelled meanwhile.
    public static func open(_ parameters: ConnectionParameters) async throws -> Connection {
        do {
            return try await opened(parameters)
        } catch let error as PostgresError {
            throw error.hiding(parameters.secretToHide)
        }
    }

    private static func opened(_ parameters: ConnectionParameters) async throws -> Connection {
        var keywords = parameters.keywords
        keywords.merge(try await resolvedHosts(parameters)) { _, resolved in resolved }
        keywords["password"] = parameters.password?.revealed
        let owner = try start(keywords, ofTenant: parameters.passwordMustBeUsed)
        // SQLSTATEs of a refused connection are only in its verbose message.
        PQsetErrorVerbosity(owner.pointer, PQERRORS_VERBOSE)
        // libpq prints notices to standard error unless told otherwise.
        PQsetNoticeReceiver(owner.pointer, { _, _ in }, nil)
        try await poll(owner, within: parameters.deadlines.connect, parameters)
        if parameters.passwordMustBeUsed, PQconnectionUsedPassword(owner.pointer) == 0 {
            throw PostgresError(
                .connectionFailed, "the server did not ask for the password", hint: "require scram-sha-256 for this user in its pg_hba.conf"
            )
        }
        PQsetErrorVerbosity(owner.pointer, PQERRORS_DEFAULT)
        guard PQsetnonblocking(owner.pointer, 1) == 0 else {
            throw PostgresError(connecting: owner.pointer, ofTenant: parameters.passwordMustBeUsed)
        }
        let connection = Connection(owner, parameters)
        try await connection.pin(parameters.session)
        return connection
    }

    /// `hostaddr` and the `host` and `port` lists that go with it, one entry an address; empty when there is nothing to resolve.
    private static func resolvedHosts(_ parameters: ConnectionParameters) async throws -> [String: String] {
        guard parameters.keywords["hostaddr"] == nil, let list = parameters.keywords["host"], !list.hasPrefix("/") else { return [:] }
        let hosts = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let ports = (parameters.keywords["port"] ?? "5432").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var entries: [(host: String, address: String, port: String)] = []
        for (index, host) in hosts.enumerated() {
            let port = index < ports.count ? ports[index] : ports.last ?? "5432"
            let addresses = host.hasPrefix("/") ? [""] : try await HostResolver.addresses(of: host, within: parameters.deadlines.resolve)
            entries += addresses.map { (host, $0, port) }
        }
        return [
            "host": entries.map(\.host).joined(separator: ","), "hostaddr": entries.map(\.address).joined(separator: ","),
            "port": entries.map(\.port).joined(separator: ","),
        ]
    }

    private static func start(_ keywords: [String: String], ofTenant: Bool) throws(PostgresError) -> ConnectionHandle {
        // Takes the PG* variables away, also when no operator's connection has done so before.
        _ = ProcessEnvironment.defaults
        let pairs = Array(keywords)
        let pointer = withCStrings(pairs.map(\.key)) { names in
            withCStrings(pairs.map(\.value)) { values in PQconnectStartParams(names, values, 0) }
        }
        guard let pointer else { throw PostgresError(.connectionFailed, "out of memory") }
        let owner = ConnectionHandle(pointer)
        guard PQstatus(pointer) != CONNECTION_BAD else { throw PostgresError(connecting: pointer, ofTenant: ofTenant) }
        return owner
    }

    /// PostgreSQL manual, `PQconnectStartParams`: wait for writing first, then for what each `PQconnectPoll` asks; the socket may be
    /// another one after each call.
    private static func poll(_ owner: ConnectionHandle, within limit: Duration, _ parameters: ConnectionParameters) async throws {
        let deadline = ContinuousClock.now + limit
        var interest = SocketReadiness.Interest.write
        // An operator's server is one that the operator has chosen, as with every PostgreSQL program.
        let rules = parameters.passwordMustBeUsed ? HandshakeRules(allowsPassword: parameters.mayGivePassword) : nil
        var gate: HandshakeGate?
        while true {
            switch try await SocketReadiness.shared.wait(PQsocket(owner.pointer), for: interest, until: deadline) {
            case .ready: break
            case .cancelled: throw CancellationError()
            case .deadlinePassed:
                throw PostgresError(
                    .connectDeadlineExceeded, "no connection to \(parameters.endpoint) within \(limit)",
                    hint: "check that the server runs and that a firewall lets this machine through")
            }
            // Another address of the host begins anew.
            if !HandshakeGate.isNeeded(owner.pointer) { gate = nil } else if gate == nil, let rules { gate = try HandshakeGate(rules) }
            switch try gate?.advance(owner.pointer) ?? .poll(PQconnectPoll(owner.pointer)) {
            case .wait(let what): interest = what
            case .poll(PGRES_POLLING_OK): return
            case .poll(PGRES_POLLING_READING): interest = .read
            case .poll(PGRES_POLLING_WRITING): interest = .write
            case .poll: throw PostgresError(connecting: owner.pointer, ofTenant: parameters.passwordMustBeUsed)
            }
        }
    }

    /// Makes the session's settings, unless the session is not this connection's alone.
    ///
    /// A pooler has to send a key of its own for cancel requests, since a client's session changes: the process in it is not the one that
    /// answers. In session mode it would be safe to keep the settings; nothing tells it from transaction mode with an idle pool. With
    /// `is_local` they end with the statement, so that the next client does not find them.
    private func pin(_ settings: SessionSettings) async throws {
        let parameters = settings.parameters(version: serverVersion)
        let made = (0..<parameters.count).map { "pg_catalog.set_config($\(2 * $0 + 2), $\(2 * $0 + 3), pg_catalog.pg_backend_pid() <> $1)" }
        let answer = try await query(
            "SELECT pg_catalog.pg_backend_pid() <> $1, " + made.joined(separator: ", "),
            [String(backendPID)] + parameters.flatMap { [$0.name, $0.value] })
        if answer.values.first?.first == "t" {
            transactionSettings = try parameters.map { "; SET LOCAL \($0.name) = \(try settingValue($0.value, of: $0.name))" }.joined()
            // The default is for transactions that begin later.
            if settings.isReadOnly { transactionSettings?.append("; SET LOCAL transaction_read_only = on") }
        }
    }

    /// A setting's value as SET takes it: a list is one of literals.
    private func settingValue(_ value: String, of name: String) throws -> String {
        let parts = name == "search_path" ? value.split(separator: ",").map { $0.drop { $0 == " " } } : [value[...]]
        return try parts.map { try literal(String($0)) }.joined(separator: ", ")
    }

    private func literal(_ text: String) throws -> String {
        guard let quoted = PQescapeLiteral(try pointer(), text, text.utf8.count) else { throw connectionError() }
        defer { PQfreemem(quoted) }
        return String(cString: quoted)
    }
}

/// Calls `body` with an array of C strings that ends with NULL and lives as long as the call.
func withCStrings<Result>(_ strings: [String?], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
    let bytes = strings.map { $0.map { Array($0.utf8CString) } }
    return withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: strings.count + 1) { array in
        func fill(_ index: Int) -> Result {
            guard index < bytes.count else {
                array.initializeElement(at: index, to: nil)
                return body(array.baseAddress.unsafelyUnwrapped)
            }
            guard let text = bytes[index] else {
                array.initializeElement(at: index, to: nil)
                return fill(index + 1)
            }
            return text.withUnsafeBufferPointer { buffer in
                array.initializeElement(at: index, to: buffer.baseAddress)
                return fill(index + 1)
            }
        }
        return fill(0)
    }
}
