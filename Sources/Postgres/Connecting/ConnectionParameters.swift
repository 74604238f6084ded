import CPostgres

/// Whom to connect to and how: libpq's keywords with their values, and the engine's own deadlines.
///
/// Parameters travel as keyword arrays from here to libpq; no connection string is ever put together.
public struct ConnectionParameters: Sendable {
    /// libpq keyword → value (PostgreSQL manual, "Parameter Key Words"), the password excepted.
    var keywords: [String: String]
    var password: Secret?
    /// A tenant's password must really be asked for: a server that lets us in without it may not be the one we mean.
    var passwordMustBeUsed = false
    /// Whether a server may have the password as it is, or its MD5: anyone who is that server then knows it. IAM tokens come that way.
    public var allowsPasswordAuthentication = false
    /// What the server's answers may take; nil for an operator's own, which are trusted.
    public var limits: AnswerLimits?

    /// Under TLS with the server's certificate and name checked, and where it is allowed.
    var mayGivePassword: Bool { allowsPasswordAuthentication && keywords["sslmode"] == TLS.Mode.verifyFull.rawValue }

    /// An operator knows the own password; a tenant's is nobody's business.
    var secretToHide: Secret? { passwordMustBeUsed ? password : nil }

    /// Bounds on waiting.
    public var deadlines = Deadlines()
    /// What the session is told after it has connected.
    public var session = SessionSettings()

    /// Bounds on waiting; each ends in an error that names it.
    public struct Deadlines: Sendable {
        /// Name resolution.
        public var resolve: Duration = .seconds(10)
        /// TCP, TLS and authentication together.
        public var connect: Duration = .seconds(30)
        /// The longest time in which no byte moves while one is awaited.
        public var progress: Duration = .seconds(300)
        /// Delivering a cancel request.
        public var cancel: Duration = .seconds(5)

        /// The defaults: 10 s, 30 s, 300 s, 5 s.
        public init() {}
    }

    /// Host and port for messages: `replica.example:5432`.
    public var endpoint: String { "\(keywords["host"] ?? "local socket"):\(keywords["port"] ?? "5432")" }
    /// The database's name, where it is known.
    public var database: String? { keywords["dbname"] }
    /// The user's name, where it is known.
    public var user: String? { keywords["user"] }

    /// The same server and login, another database.
    public func connecting(to database: String) -> ConnectionParameters {
        var parameters = self
        parameters.keywords["dbname"] = database
        return parameters
    }

    /// The same, with the password that was found for a connection of them: a password file can have it for one database only.
    public func keepingPassword(of connection: Connection) -> ConnectionParameters {
        var parameters = self
        if let found = try? connection.pointer(), let password = PQpass(found), password[0] != 0 {
            parameters.password = Secret(String(cString: password))
        }
        return parameters
    }

    private init(keywords: [String: String], password: Secret?) {
        self.keywords = keywords
        self.password = password
        self.keywords.merge(Self.always) { _, always in always }
        for (keyword, value) in Self.unlessSet where self.keywords[keyword] == nil { self.keywords[keyword] = value }
    }

    private static let always = ["client_encoding": "UTF8", "fallback_application_name": "dayhaul", "gssencmode": "disable"]
    private static let unlessSet = [
        "keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
        "tcp_user_timeout": "60000",
    ]
}

extension ConnectionParameters: CustomStringConvertible, CustomReflectable {
    /// Endpoint and database; keywords can hold a secret of their own, such as `sslpassword`.
    public var description: String { endpoint + (database.map { "/\($0)" } ?? "") }
    /// Nothing to reflect on.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ConnectionParameters {
    /// Parameters of an operator's own connection: a libpq URI or keyword string, completed from the PG* environment, the service file
    /// and the password file, as every PostgreSQL program does.
    ///
    /// Throws `invalidParameters` when the string cannot be parsed; the message does not repeat the string.
    public init(conninfo: String) throws(PostgresError) {
        var keywords = ProcessEnvironment.defaults
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(conninfo, &message) else {
            PQfreemem(message)
            throw PostgresError(
                .invalidParameters, "the connection string is not a libpq URI or keyword string",
                hint: "for example 'host=127.0.0.1 port=5432 dbname=warehouse user=me' or postgresql://me@127.0.0.1:5432/warehouse")
        }
        defer { PQconninfoFree(options) }
        let given = ProcessEnvironment.values(of: options)
        if let service = given["service"] { keywords.merge(ProcessEnvironment.service(service)) { _, named in named } }
        keywords.merge(given) { _, given in given }
        let password = keywords.removeValue(forKey: "password").map { Secret($0) }
        self.init(keywords: keywords, password: password)
    }

    /// Whether the string itself holds a password, or that of a key; false for one that cannot be parsed.
    public static func hasPassword(conninfo: String) -> Bool {
        guard let options = PQconninfoParse(conninfo, nil) else { return false }
        defer { PQconninfoFree(options) }
        let given = ProcessEnvironment.values(of: options)
        return given["password"] != nil || given["sslpassword"] != nil
    }

    /// Parameters of a tenant's source. Nothing but what is given here counts: no PG* variable, service file, password file or
    /// client certificate of the account that runs the engine.
    ///
    /// Throws `invalidParameters` for a host that is not one host name or address, and for empty or impossible values.
    public init(host: String, port: Int, database: String, user: String, password: Secret, tls: TLS) throws(PostgresError) {
        let hostIsOne = !host.isEmpty && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_:%".contains($0)) }
        guard hostIsOne else {
            throw PostgresError(.invalidParameters, "the host must be one host name or address", hint: "a path or a list is not taken")
        }
        guard (1...65535).contains(port) else { throw PostgresError(.invalidParameters, "port \(port) is not between 1 and 65535") }
        guard !database.isEmpty, !user.isEmpty, !(database + user).contains("\0") else {
            throw PostgresError(.invalidParameters, "the database and the user must be named")
        }
        guard !password.revealed.isEmpty, !password.revealed.contains("\0") else {
            throw PostgresError(.invalidParameters, "the password is empty or has a NUL in it")
        }
        if let reason = tls.unusableAuthorities, let path = tls.authorities {
            throw PostgresError(
                .invalidParameters, "the file of authorities \(path) cannot be used: \(reason)",
                hint: "name a PEM file with --ca-file of the tenant")
        }
        // A file below a device can not exist: libpq then goes without, instead of looking into the home directory.
        let none = "/dev/null/none"
        var keywords = [
            "host": host, "port": String(port), "user": user, "passfile": none, "sslcert": none, "sslkey": none, "sslcrl": none,
            "sslmode": tls.mode.rawValue, "sslrootcert": tls.trustedAuthorities ?? none, "target_session_attrs": "any",
            "channel_binding": "prefer", "application_name": "dayhaul", "ssl_min_protocol_version": "TLSv1.2",
        ]
        // Given as dbname, a string with '=' or a URI would be expanded into further parameters; only the first dbname in the array
        // is, so a plain one stands before it (PQconnectdbParams, expand_dbname is 0 here as well).
        keywords["dbname"] = database
        self.init(keywords: keywords, password: password)
        passwordMustBeUsed = true
        limits = AnswerLimits()
    }
}
