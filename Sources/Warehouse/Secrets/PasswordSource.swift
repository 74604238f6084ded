public import Postgres

/// Where a tenant's password comes from. Whatever it is, it is stored sealed: whoever can write the table without the key cannot make
/// the engine run a command or read a file.
public enum PasswordSource: Sendable, Equatable {
    /// The password itself.
    case value(Secret)
    /// A command line for /bin/sh that prints it, run each time it is needed.
    case command(String)

    /// What is sealed: one letter and the text.
    var sealedText: String {
        switch self {
        case .value(let secret): "p" + secret.revealed
        case .command(let command): "c" + command
        }
    }

    /// Nil for a text that this program did not seal.
    init?(sealedText text: String) {
        switch text.first {
        case "p": self = .value(Secret(String(text.dropFirst())))
        case "c": self = .command(String(text.dropFirst()))
        default: return nil
        }
    }

    /// Finds the password out. Throws `secretUnavailable` when the command fails or prints nothing.
    public func password() async throws -> Secret {
        switch self {
        case .value(let secret): secret
        case .command(let command): try await SecretCommand.run(command)
        }
    }
}
