public import Postgres
import SQLText

/// A tenant as `_wh.tenant_connections` has it, its password still sealed.
public struct Tenant: Sendable {
    /// Its name, also the name of its schema unless `schema` says otherwise.
    public var name: String
    /// Host name or address of the read replica.
    public var host: String
    /// TCP port.
    public var port: Int
    /// Database on that server.
    public var database: String
    /// Login role there.
    public var user: String
    /// How the connection is protected.
    public var tls: TLS
    /// Where its tables and views are in the warehouse.
    public var schema: String
    /// Disabled tenants are not read; their data stays.
    public var isEnabled: Bool
    /// COPY streams on its replica at once; nil is the engine's default.
    public var maximumStreams: Int?
    /// Seconds of its replica's silence after which a connection counts as stalled; nil is `ConnectionParameters.Deadlines.progress`.
    public var stallSeconds: Int?
    /// Whether its server may ask for the password itself, or its MD5.
    public var allowsPasswordAuthentication = false
    /// As stored; opens only for exactly this name, host, port, database, user, protection of the connection and the password.
    var sealedPassword: String

    /// A tenant before its password is sealed.
    public init(name: String, host: String, port: Int, database: String, user: String, tls: TLS, schema: String? = nil) {
        self.name = name
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.tls = tls
        self.schema = schema ?? name
        isEnabled = true
        sealedPassword = ""
    }

    /// How long its replica waits for a table that somebody has locked: then it is tried again, and said.
    private static let lockTimeout = Duration.seconds(30)

    /// What a sealed password is bound to.
    private var context: [String] {
        olderContext + [tls.mode.rawValue, tls.authorities ?? "", String(allowsPasswordAuthentication)]
    }

    /// What one of the older form is bound to.
    private var olderContext: [String] { [name, host, String(port), database, user] }

    /// Seals where the password comes from for this tenant as it is now.
    public mutating func seal(_ source: PasswordSource, with keys: KeyRing) throws {
        sealedPassword = try keys.seal(source.sealedText, for: context)
    }

    /// Which key the password says that it was sealed with.
    public var sealingKeyID: String? { KeyRing.keyID(of: sealedPassword) }

    /// What sets another password.
    private var passwordCommand: String { "dayhaul tenant set \(Shell.word(name)) --password-stdin" }

    /// Whether the password is sealed in the form of before version 15 of the control schema: whoever may change the table could have it sent
    /// over a connection without protection, so that it is opened for `reseal` only.
    public var isSealedInOlderForm: Bool { KeyRing.isOfOlderForm(sealedPassword) }

    /// Where the password comes from. Throws `cannotUnseal`.
    public func passwordSource(_ keys: KeyRing) throws(WarehouseError) -> PasswordSource {
        guard !isSealedInOlderForm else {
            throw WarehouseError(
                .cannotUnseal, "the password of tenant \(name) was sealed by an older dayhaul, without how its connection is protected",
                hint: "look at dayhaul tenant show \(Shell.word(name)), then: dayhaul tenant set --reseal \(Shell.word(name))")
        }
        return try passwordSource(keys, for: context)
    }

    /// As `passwordSource`, also where it is sealed in the older form.
    func passwordSourceToReseal(_ keys: KeyRing) throws(WarehouseError) -> PasswordSource {
        try passwordSource(keys, for: isSealedInOlderForm ? olderContext : context)
    }

    private func passwordSource(_ keys: KeyRing, for context: [String]) throws(WarehouseError) -> PasswordSource {
        guard let source = PasswordSource(sealedText: try keys.unseal(sealedPassword, for: context, remedy: passwordCommand)) else {
            throw WarehouseError(.cannotUnseal, "the password was sealed by a newer program", hint: "use the newer dayhaul")
        }
        return source
    }

    /// Its password as it is now. Throws `cannotUnseal` and `secretUnavailable`.
    public func password(_ keys: KeyRing) async throws -> PasswordText { try await passwordSource(keys).password(of: name) }

    /// Everything needed to open a read-only session on the replica, with days beginning in `timeZone`.
    public func connectionParameters(_ keys: KeyRing, timeZone: String) async throws -> ConnectionParameters {
        try connectionParameters(try await password(keys), timeZone: timeZone)
    }

    /// The same, for a password that was found out before.
    public func connectionParameters(_ password: PasswordText, timeZone: String) throws -> ConnectionParameters {
        var parameters = try ConnectionParameters(
            host: host, port: port, database: database, user: user, password: password.password, tls: tls)
        parameters.allowsPasswordAuthentication = allowsPasswordAuthentication
        parameters.session.isReadOnly = true
        parameters.session.lockTimeout = Self.lockTimeout
        parameters.session.timeZone = timeZone
        if let stallSeconds { parameters.deadlines.progress = .seconds(stallSeconds) }
        return parameters
    }
}
