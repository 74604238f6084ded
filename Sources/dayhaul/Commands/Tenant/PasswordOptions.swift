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

    func validate() throws {
        let given = [passwordFile != nil, passwordStdin, secretCommand != nil].filter { $0 }.count
        guard given <= 1 else { throw ValidationError("give one of --password-file, --password-stdin and --secret-command") }
    }

    /// Nil when none was given.
    func source() throws -> PasswordSource? {
        if let secretCommand { return .command(secretCommand) }
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
