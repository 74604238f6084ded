import ArgumentParser
import Glibc
import Postgres
import SystemPackage
import Warehouse

/// Where a password is taken from; never an argument, which every user of the machine can read.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("File with the password; it is sealed and not read again.", valueName: "file"),
        completion: .file())
    var passwordFile: String?

    @Flag(help: "Read the password from standard input; it is sealed.")
    var passwordStdin = false

    @Option(
        help: ArgumentHelp(
            "Command that prints the password, run each time it is needed, such as 'aws secretsmanager get-secret-value …'.",
            valueName: "command"))
    var secretCommand: String?

    @Option(
        help: ArgumentHelp("File with the password, read each time it is needed; 0600.", valueName: "file"),
        completion: .file())
    var secretFile: String?

    @Option(
        help: ArgumentHelp("Environment variable that holds the password, read each time it is needed.", valueName: "name"))
    var secretVariable: String?

    /// The options by their names, for messages.
    static let names = "--password-file, --password-stdin, --secret-command, --secret-file and --secret-variable"

    private var count: Int {
        [passwordFile != nil, passwordStdin, secretCommand != nil, secretFile != nil, secretVariable != nil].filter { $0 }.count
    }

    /// Whether none was given.
    var isEmpty: Bool { count == 0 }

    func validate() throws {
        guard count <= 1 else { throw ValidationError("give one of \(Self.names)") }
        if let secretVariable { try Self.checkVariable(secretVariable) }
    }

    /// Nil when none was given.
    func source() throws -> PasswordSource? {
        if let secretCommand { return .command(secretCommand) }
        if let secretVariable { return .variable(secretVariable) }
        if let secretFile { return .file(try Self.absolute(secretFile)) }
        if let passwordFile {
            return .value(
                try Self.password(
                    in: try Self.text(of: passwordFile), "the password file \(passwordFile)", hint: "its first line is the password"))
        }
        guard passwordStdin else { return nil }
        let text = TerminalInput.isTerminal ? try TerminalInput.line("Password: ", isSecret: true) : Self.standardInput()
        return .value(
            try Self.password(in: text ?? "", "standard input", hint: "the first line is the password, as in --password-stdin < FILE"))
    }

    /// What comes on standard input, up to a bound that no secret reaches.
    private static func standardInput() -> String {
        var text = ""
        while text.utf8.count < 1 << 16, let line = readLine(strippingNewline: false) { text += line }
        return text
    }

    /// The password in a text that is sealed and not read again.
    private static func password(in text: String, _ place: String, hint: String) throws -> Secret {
        do {
            return try PasswordText(text).password
        } catch PasswordText.Lack.document {
            throw SettingsError(message: "\(place) holds a JSON document without a field password", hint: hint)
        } catch PasswordText.Lack.empty {
            throw SettingsError(message: "\(place) holds no password", hint: hint)
        }
    }

    /// Throws for what is no variable's name, and for variables that are taken out of the environment or refused in it.
    private static func checkVariable(_ name: String) throws {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            name.unicodeScalars.allSatisfy({ $0.isASCII && ($0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil) })
        else {
            throw ValidationError("--secret-variable takes the name of a variable: letters, digits and _")
        }
        guard !name.hasPrefix("PG"), !name.hasPrefix("DAYHAUL_") else {
            throw ValidationError("--secret-variable \(name): variables that begin with PG or DAYHAUL_ are about the warehouse")
        }
    }

    /// Tonight's run stands in another directory. Links stay links: where secrets are mounted they point to the newest.
    private static func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else {
            throw SettingsError(message: "the current directory has no path", hint: "give --secret-file with its whole path")
        }
        defer { free(directory) }
        return "\(String(cString: directory))/\(path)"
    }

    private static func text(of path: String) throws -> String {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var block = [UInt8](repeating: 0, count: 1 << 12)
                // A pipe gives what has come so far.
                while bytes.count < 1 << 16 {
                    let count = try block.withUnsafeMutableBytes { try file.read(into: $0) }
                    guard count > 0 else { break }
                    bytes += block.prefix(count)
                }
                return String(decoding: bytes, as: UTF8.self)
            }
        } catch let error as Errno {
            throw SettingsError(
                message: "the password file \(path) cannot be read: \(error.description.lowercased())", hint: "check its name and mode")
        }
    }
}
