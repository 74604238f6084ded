import Foundation
import Testing

/// A PostgreSQL server of a suite's own: made before its first test, stopped and removed after its last.
///
/// All that goes to and comes from the server passes through `run(_:input:)`.
struct ScratchServer: SuiteTrait, TestScoping {
    /// The server of the suite that is running.
    @TaskLocal static var current: ScratchServer?

    private static let programs = "/usr/lib/postgresql/15/bin"
    private let directory = NSTemporaryDirectory() + "dayhaul-" + UUID().uuidString

    /// Whether this machine has the server's programs.
    static var isAvailable: Bool {
        ["initdb", "pg_ctl", "psql"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(programs)/\($0)") }
    }

    @concurrent
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // The server refuses to run as root.
        let isRoot = geteuid() == 0
        if isRoot { try Self.run(["/bin/chown", "postgres", directory]) }
        let user = isRoot ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
        let initdb = [
            "\(Self.programs)/initdb", "-D", "\(directory)/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N",
        ]
        let control = ["\(Self.programs)/pg_ctl", "-D", "\(directory)/data", "-l", "\(directory)/log", "-w", "-s"]
        try Self.run(user + initdb)
        try Self.run(user + control + ["-o", "-k \(directory) -c listen_addresses= -c fsync=off", "start"])
        defer { _ = try? Self.run(user + control + ["-m", "immediate", "stop"]) }
        try await Self.$current.withValue(self, operation: function)
    }

    /// The output of SQL: for a `COPY … TO STDOUT` its bytes.
    func output(of sql: String) throws -> [UInt8] {
        let script = "\(directory)/\(UUID().uuidString).sql"
        try sql.write(toFile: script, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: script) }
        return try psql(["-f", script], input: [])
    }

    /// Gives bytes to a `COPY … FROM STDIN`.
    func load(_ bytes: [UInt8], with sql: String) throws {
        _ = try psql(["-c", sql], input: bytes)
    }

    private func psql(_ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let settings = ["datestyle=ISO", "timezone=UTC", "intervalstyle=postgres", "extra_float_digits=1", "bytea_output=hex"]
        return try Self.run(
            ["\(Self.programs)/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", directory, "-U", "postgres"] + arguments,
            input: input, environment: ["PGOPTIONS": settings.map { "-c \($0)" }.joined(separator: " "), "PGCLIENTENCODING": "UTF8"])
    }

    /// Runs a program, gives it `input`, and returns what it wrote.
    @discardableResult
    private static func run(_ command: [String], input: [UInt8] = [], environment: [String: String] = [:]) throws -> [UInt8] {
        let scratch = NSTemporaryDirectory() + UUID().uuidString
        defer { ["in", "out", "err"].forEach { try? FileManager.default.removeItem(atPath: "\(scratch).\($0)") } }
        try Data(input).write(to: URL(fileURLWithPath: scratch + ".in"))
        guard try spawn(command, files: scratch, environment: environment) == 0 else {
            throw Failure(program: command[0], message: try String(contentsOfFile: scratch + ".err", encoding: .utf8))
        }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch + ".out")))
    }

    /// Runs a program on three files and returns its wait status.
    ///
    /// Not by Foundation's `Process`, which waits until a descriptor closes that the server, a grandchild, has inherited.
    private static func spawn(_ command: [String], files: String, environment: [String: String]) throws -> Int32 {
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var arguments = command.map { strdup($0) } + [nil]
        var settings = variables.map { strdup($0) } + [nil]
        defer { (arguments + settings).forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files + ".in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files + ".out", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files + ".err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var process: pid_t = 0
        var status: Int32 = 0
        guard posix_spawn(&process, command[0], &actions, nil, &arguments, &settings) == 0, waitpid(process, &status, 0) == process else {
            throw Failure(program: command[0], message: "cannot be run")
        }
        return status
    }

    struct Failure: Error {
        let program: String
        let message: String
    }
}
