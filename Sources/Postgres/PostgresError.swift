import CPostgres
import Glibc
import PlainText

/// What went wrong on a connection: one line, no data and no secret in it.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// Where it happened.
    public enum Code: String, Sendable {
        /// Parameters that cannot be used as they are.
        case invalidParameters
        /// A host name that did not resolve.
        case nameNotResolved
        /// No connection: refused, unreachable, TLS or authentication failed. `sqlstate` tells when the server said no.
        case connectionFailed
        /// No connection within the connect deadline.
        case connectDeadlineExceeded
        /// A connection that ended in the middle of something.
        case connectionLost
        /// No byte moved for longer than the progress deadline.
        case stalled
        /// A server sent more than it may.
        case answerTooLarge
        /// The server answered a statement with an error.
        case server
        /// The server, or the caller, did not keep to the protocol.
        case protocolViolation
        /// The connection broke while COMMIT was under way: it may or may not have taken effect.
        case commitOutcomeUnknown
    }

    /// Where it happened.
    public let code: Code
    /// What the server called it, where the server said anything.
    public let sqlstate: SQLState?
    /// Lower case, no full stop, one line, without control characters.
    public private(set) var message: String
    /// What to do next, where that is known.
    public private(set) var hint: String?
    /// The key that broke a unique index, as `(id)=(7)`; the only value of a row that an error holds, and not part of its description.
    public private(set) var duplicateKey: String?
    /// Where in a COPY it happened, `COPY table, line 2, column s` in the server's language; not part of its description.
    private var copyContext: String?

    /// Where in the statement the server found it, in characters from 1; nil where it does not say.
    public private(set) var position: Int?

    init(_ code: Code, _ message: String, sqlstate: SQLState? = nil, hint: String? = nil) {
        self.code = code
        self.sqlstate = sqlstate
        self.message = Self.oneLine(message)
        self.hint = (hint ?? sqlstate?.hint).map(Self.oneLine)
    }

    /// The same error, its message ending with where it is.
    public func located(_ place: String) -> PostgresError {
        PostgresError(code, "\(message), \(place)", sqlstate: sqlstate, hint: hint)
    }

    /// Whether trying again, unchanged, can succeed. Decided here and nowhere else.
    public var isTransient: Bool {
        if let sqlstate { return sqlstate.isTransient }
        return switch code {
        case .nameNotResolved, .connectDeadlineExceeded, .connectionLost, .stalled, .commitOutcomeUnknown: true
        case .connectionFailed: !isTrustFailure
        case .invalidParameters, .answerTooLarge, .server, .protocolViolation: false
        }
    }

    /// A certificate or a password does not become right by trying again; a refused connection may.
    private var isTrustFailure: Bool {
        // What libpq says before is the address, which can hold any of the words.
        let reason = message.ranges(of: " failed: ").last.map { message[$0.upperBound...] } ?? message[...]
        if reason.contains("SSL SYSCALL") || reason.contains("unexpected eof") { return false }
        return ["certificate", "SSL", "password", "authentication", "sslmode", "channel binding"].contains { reason.contains($0) }
    }

    /// Which of some columns the value was for that a COPY … FROM with FORMAT binary refused; nil where the server does not say.
    public func copiedColumn(among names: [String]) -> String? {
        guard let copyContext else { return nil }
        return names.filter { copyContext.hasSuffix(" " + $0) }.max { $0.utf8.count < $1.utf8.count }
    }

    /// The same error, its message beginning with what it is about; with another hint, where one is given.
    public func about(_ subject: String, hint other: String? = nil) -> PostgresError {
        var error = self
        error.message = Self.oneLine("\(subject): \(message)")
        error.hint = other.map(Self.oneLine) ?? hint
        return error
    }

    /// The same error, without a secret that a server has put into it.
    func hiding(_ secret: Secret?) -> PostgresError {
        guard let secret else { return self }
        var error = self
        error.message = secret.hidden(in: message)
        error.hint = hint.map(secret.hidden)
        error.duplicateKey = duplicateKey.map(secret.hidden)
        error.copyContext = copyContext.map(secret.hidden)
        return error
    }

    /// `message (SQLSTATE 42P01); hint: …`
    public var description: String {
        message + (sqlstate.map { " (SQLSTATE \($0))" } ?? "") + (hint.map { "; hint: \($0)" } ?? "")
    }

    /// Of which no more is looked at, in characters, and kept of a server's text, in bytes.
    private static let longestLine = 4096, mostBytes = 64 << 10

    /// A server's text as far as it is kept.
    private static func text(_ start: UnsafePointer<CChar>) -> String {
        let bytes = UnsafeRawBufferPointer(start: start, count: strnlen(start, mostBytes))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Text from a server is shown as one bounded line with what cannot be seen taken out (CVE-2024-10977).
    static func oneLine(_ text: String) -> String {
        let cleaned = text.unicodeScalars.prefix(longestLine).map { PlainText.isUnseen($0) ? " " : Character($0) }
        let words = String(cleaned.prefix(600)).split(separator: " ", omittingEmptySubsequences: true)
        return words.joined(separator: " ")
    }
}

extension PostgresError {
    /// The error that a finished result holds.
    ///
    /// DETAIL and CONTEXT are left out because they can hold a row's values.
    init(result: OpaquePointer) {
        // The PG_DIAG_ codes are character constants in C, which are not imported.
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { Self.text($0) }
        }
        let sqlstate = field("C").flatMap { SQLState($0) }
        let message = field("M") ?? Self.text(PQresultErrorMessage(result))
        let lost = sqlstate == nil || sqlstate?.code.hasPrefix("08") == true
        let dependents = sqlstate?.code == "2BP01" ? field("D").map { ": " + $0.replacing("\n", with: "; ") } : nil
        self.init(
            lost ? .connectionLost : .server, message + (dependents ?? ""), sqlstate: sqlstate,
            hint: Self.serverHint(field("H")))
        if let context = field("W"), context.hasPrefix("COPY ") { copyContext = String(context.prefix { $0 != "\n" }) }
        position = field("P").flatMap { Int($0) }
        if sqlstate?.code == "23505", let detail = field("D") {
            // "Key (id)=(7) already exists.", in the server's language; the key is all within parentheses.
            let key = detail.drop { $0 != "(" }
            duplicateKey = key.lastIndex(of: ")").map { Self.oneLine(String(key[...$0])) }
        }
    }

    /// The server's own hint. One to use CASCADE would take away what nobody has been shown: what depends on the object
    /// stands in the message instead, from DETAIL, which then holds names of objects and no values.
    private static func serverHint(_ hint: String?) -> String? {
        hint?.contains("CASCADE") == true ? "drop or change what depends on it first" : hint
    }

    /// The error of a connection that could not be made.
    ///
    /// libpq has no function that gives the SQLSTATE of a failed connection attempt, but with `PQERRORS_VERBOSE` its message reads
    /// `FATAL:  28P01: password authentication failed …` and is followed by a LOCATION line.
    ///
    /// What to do about it depends on whose connection it is: a tenant's has options of its own, an operator's is a connection string.
    init(connecting connection: OpaquePointer, ofTenant: Bool) {
        var text = Self.text(PQerrorMessage(connection))
        if let location = text.firstRange(of: "\nLOCATION:") { text.removeSubrange(location.lowerBound...) }
        var sqlstate: SQLState?
        for part in text.split(separator: " ") where part.hasSuffix(":") {
            guard let found = SQLState(part.dropLast()), found.code.contains(where: \.isNumber) else { continue }
            sqlstate = found
            text = text.replacing("\(found): ", with: "")
            break
        }
        // libpq asks "Is the server running …?" in lines of their own; the hint says it once.
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.contains("Is the server running") }
        self.init(
            .connectionFailed, lines.joined(separator: " "), sqlstate: sqlstate, hint: Self.connectingHint(text, sqlstate?.code, ofTenant))
    }

    private static func connectingHint(_ text: String, _ sqlstate: String?, _ ofTenant: Bool) -> String? {
        if text.contains("Is the server running") { return "check that the server runs and listens on that host and port" }
        if text.contains("does not support SSL") {
            return "turn on ssl on the server; without TLS anyone on the way can read along: "
                + (ofTenant ? "--sslmode disable of the tenant" : "sslmode=disable in the connection string")
        }
        if text.contains("certificate verify failed") {
            let option = ofTenant ? "--ca-file of the tenant" : "sslrootcert=FILE in the connection string"
            return "name the authority that signed the server's certificate: \(option)"
        }
        if !ofTenant, text.contains("no password supplied") {
            return "put the password into ~/.pgpass as HOST:PORT:DATABASE:USER:PASSWORD, and chmod 600 ~/.pgpass; or into PGPASSWORD"
        }
        if !ofTenant, sqlstate == "28P01" {
            return "check user= in the connection string, and the password in ~/.pgpass or PGPASSWORD"
        }
        return nil
    }
}
