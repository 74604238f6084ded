import ArgumentParser
import Glibc
import Postgres
import Warehouse

/// Where a password is taken from; never an argument, which every user of the machine can read.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("File whose first line is the password; it is sealed and not read again.", valueName: "file"),
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
        help: ArgumentHelp("File whose first line is the password, read each time it is needed; 0600.", valueName: "file"),
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
            guard let line = try Self.firstLine(of: passwordFile) else {
                throw SettingsError(message: "the password file \(passwordFile) is empty", hint: "its first line is the password")
            }
            return .value(Secret(line))
        }
        guard passwordStdin else { return nil }
        guard let line = TerminalInput.isTerminal ? try TerminalInput.line("Password: ", isSecret: true) : readLine(), !line.isEmpty else {
            throw SettingsError(message: "no password came on standard input", hint: "for example: --password-stdin < file")
        }
        return .value(Secret(line))
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

    private static func firstLine(of path: String) throws -> String? {
        guard let file = fopen(path, "re") else {
            throw SettingsError(
                message: "the password file \(path) cannot be read: \(String(cString: strerror(errno)))", hint: "check its name and mode")
        }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.map(String.init)
    }
}
