internal import Subprocess
internal import SystemPackage

/// One run of a program to its end: with a deadline, a chosen account and an environment of its own.
///
/// The environment is exactly `environment` and a few fixed variables, so that neither the caller's `PG*` variables nor its locale
/// change what happens, and a password stands in no argument. The program leads its own session: Ctrl-C on the caller's terminal
/// reaches the caller only, and cancelling the task interrupts the program with all its children.
struct Command: Sendable {
    var program: String
    var arguments: [String]
    var environment: [String: String] = [:]
    var directory = "/"
    var account: ServerAccount?
    var deadline: Duration

    /// What a program printed, and whether it exited with 0.
    struct Outcome: Sendable {
        let succeeded: Bool
        let output: String
        let errors: String
    }

    /// Runs the program with an empty standard input.
    ///
    /// - Throws: ``ClusterError`` with code `timedOut` or `programFailed` (it could not be run at all), or `CancellationError`.
    ///   An exit status other than 0 is an outcome.
    func run() async throws -> Outcome {
        try await race { try await collect(.none) }
    }

    /// Runs the program with a text as its standard input.
    func run(input: String) async throws -> Outcome {
        // A file and no pipe: a program that ends before it has read a pipe would send this process a SIGPIPE.
        let file = try PrivateFile.nameless(input)
        defer { try? file.close() }
        return try await run(input: file)
    }

    /// Runs the program with a descriptor as its standard input; it stays the caller's to close.
    func run(input: FileDescriptor) async throws -> Outcome {
        try await race { try await collect(.fileDescriptor(input, closeAfterSpawningProcess: false)) }
    }

    private func race(_ body: @escaping @Sendable () async throws -> Outcome) async throws -> Outcome {
        let outcome = try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: deadline)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        try Task.checkCancellation()
        guard let outcome else { throw ClusterError(.timedOut, "\(name) took longer than \(deadline)") }
        return outcome
    }

    private func collect(_ input: some InputProtocol) async throws -> Outcome {
        do {
            let result = try await Subprocess.run(
                configuration, input: input, output: .string(limit: Self.outputLimit), error: .string(limit: Self.outputLimit))
            return Outcome(
                succeeded: result.terminationStatus.isSuccess, output: result.standardOutput, errors: result.standardError)
        } catch let error as SubprocessError {
            throw ClusterError(.programFailed, "cannot run \(name): \(error)")
        }
    }

    private static let outputLimit = 64 << 20

    private var name: String { FilePath(program).lastComponent?.string ?? program }

    private var configuration: Configuration {
        var options = PlatformOptions()
        options.createSession = true
        // pg_ctl answers SIGINT while it waits for a start by stopping the postmaster it has started.
        options.teardownSequence = [.send(signal: .interrupt, toProcessGroup: true, allowedDurationToNextStep: .seconds(3))]
        let fixed = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]
        let variables = fixed.merging(environment) { $1 }
        let line = changeOfAccount + [program] + arguments
        return Configuration(
            executable: .path(FilePath(line[0])), arguments: Arguments(Array(line.dropFirst())),
            environment: .custom(variables.map { Array("\($0)=\($1)\0".utf8) }), workingDirectory: FilePath(directory),
            platformOptions: options)
    }

    // Between fork and exec a process of many threads must not call setuid(3): glibc's waits for threads that the child does not have.
    // util-linux' setpriv, which Debian always has, changes the account after the exec.
    private var changeOfAccount: [String] {
        guard let account, !account.isCaller else { return [] }
        let groups = account.groups.map(String.init).joined(separator: ",")
        return ["/usr/bin/setpriv", "--reuid=\(account.userID)", "--regid=\(account.groupID)", "--groups=\(groups)", "--"]
    }
}
