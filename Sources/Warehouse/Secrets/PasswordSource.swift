public import Postgres

/// Where a tenant's password comes from. Whatever it is, it is stored sealed: whoever can write the table without the key cannot make
/// the engine run a command or read a file.
public enum PasswordSource: Sendable, Equatable {
    /// The password itself.
    case value(Secret)
    /// A command line for /bin/sh that prints it, run each time it is needed.
    case command(String)
    /// A file whose first line it is, read each time it is needed.
    case file(String)
    /// An environment variable that holds it.
    case variable(String)

    /// What is sealed: one letter and the text.
    var sealedText: String {
        switch self {
        case .value(let secret): "p" + secret.revealed
        case .command(let command): "c" + command
        case .file(let path): "f" + path
        case .variable(let name): "e" + name
        }
    }

    /// Nil for a text that this program did not seal.
    init?(sealedText text: String) {
        let rest = String(text.dropFirst())
        switch text.first {
        case "p": self = .value(Secret(rest))
        case "c": self = .command(rest)
        case "f": self = .file(rest)
        case "e": self = .variable(rest)
        default: return nil
        }
    }

    /// Finds the password out. Throws `secretUnavailable` for a reference that gives none; it names the tenant and shows no content.
    public func password(of tenant: String) async throws -> PasswordText {
        switch self {
        case .value(let secret): PasswordText(sealed: secret)
        case .command(let command): try await SecretCommand.run(command, for: tenant)
        case .file(let path): try SecretFile.read(path, for: tenant)
        case .variable(let name): try SecretVariable.read(name, for: tenant)
        }
    }
}
