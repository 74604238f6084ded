/// Reads what a tenant's server says until the session is ready, before libpq does, and refuses what libpq would answer although it must not.
///
/// libpq gives a password in clear to whoever asks for it, computes as many SCRAM iterations as it is told to, and takes a server's word for it
/// that nothing has to be proved (before version 16, which has `require_auth`). Messages: PostgreSQL manual, "Message Formats".
struct HandshakeRules {
    /// Whether the password may go out as it is, or its MD5.
    let allowsPassword: Bool

    /// PostgreSQL's default is 4,096. This takes less than a second.
    static let mostIterations = 600_000
    /// Of all messages together, and of one of them.
    static let mostBytes = 1 << 20, mostMessageBytes = 64 << 10

    private enum Stage { case begun, offered, challenged, proved, admitted }

    private var stage = Stage.begun
    private var total = 0
    /// The message under way.
    private var message: [UInt8] = []

    init(allowsPassword: Bool) { self.allowsPassword = allowsPassword }

    /// Bytes that end the message under way, or its head of five; never zero.
    var missing: Int { message.count < Self.headBytes ? Self.headBytes - message.count : 1 + length - message.count }

    private static let headBytes = 5
    /// Without the type, as the message has it.
    private var length: Int { message[1..<Self.headBytes].reduce(0) { $0 << 8 | Int($1) } }

    /// Takes the next bytes, in pieces of any size. Throws `connectionFailed` with what the server did.
    mutating func read(_ bytes: some Collection<UInt8>) throws(PostgresError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(missing)
            message += part
            rest = rest.dropFirst(part.count)
            total += part.count
            guard total <= Self.mostBytes else {
                throw refusal("the server sent \(Self.mostBytes >> 10) KiB before the session began")
            }
            guard message.count >= Self.headBytes else { continue }
            guard (4...Self.mostMessageBytes).contains(length) else {
                throw refusal("the server sent a message of \(length) bytes before the session began")
            }
            guard message.count == 1 + length else { continue }
            if message[0] == UInt8(ascii: "R") { try readRequest(message.dropFirst(Self.headBytes)) }
            message.removeAll(keepingCapacity: true)
        }
    }

    /// An authentication request: a code, and what goes with it.
    private mutating func readRequest(_ body: ArraySlice<UInt8>) throws(PostgresError) {
        let code = body.count < 4 ? -1 : body.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let rest = body.dropFirst(4)
        switch (code, stage) {
        case (0, .proved): stage = .admitted
        case (0, .begun):
            throw PostgresError(.connectionFailed, "the server did not ask for the password", hint: Self.hint)
        case (0, _): throw refusal("the server did not prove that it knows the password")
        case (3, .begun), (5, .begun):
            guard allowsPassword else {
                throw PostgresError(
                    .connectionFailed,
                    "the server asks for the password \(code == 3 ? "itself" : "as MD5"): it was not given away", hint: Self.hint)
            }
            stage = .proved
        case (10, .begun):
            guard rest.split(separator: 0).contains(where: { $0.starts(with: "SCRAM-SHA-256".utf8) }) else {
                throw refusal("the server offers no SCRAM-SHA-256")
            }
            stage = .offered
        case (11, .offered):
            let iterations = Self.iterations(rest)
            guard let iterations, (1...Self.mostIterations).contains(iterations) else {
                throw refusal(
                    "the server asks for \(iterations.map(String.init) ?? "no number of") SCRAM iterations, \(Self.mostIterations) at most are computed"
                )
            }
            stage = .challenged
        case (12, .challenged): stage = .proved
        default: throw refusal("the server asks for authentication of kind \(code), which is not expected")
        }
    }

    /// `r=…,s=…,i=4096` (RFC 5802, section 7); nil where there is no number.
    private static func iterations(_ challenge: ArraySlice<UInt8>) -> Int? {
        let attributes = challenge.split(separator: UInt8(ascii: ",")).filter { $0.starts(with: "i=".utf8) }
        return attributes.count == 1 ? Int(String(decoding: attributes[0].dropFirst(2), as: UTF8.self)) : nil
    }

    private func refusal(_ message: String) -> PostgresError {
        PostgresError(.connectionFailed, "authentication is refused: \(message)", hint: Self.hint)
    }

    private static let hint =
        "require scram-sha-256 for this user in the server's pg_hba.conf; where the password itself has to be given, as with IAM tokens: --allow-password-auth of the tenant"
}
