import Glibc
import Subprocess
import SystemPackage
import TestKit

/// The built program, run as its user runs it: a process of its own, an environment of its own, output to files.
struct DayhaulProgram: Sendable {
    /// Exactly the environment that it sees.
    var environment: [String: String]
    /// Where it stands, and where its output is kept.
    var directory: String
    /// A program that starts it, and its arguments; empty to start it itself.
    var launcher: [String] = []
    /// It is killed when it takes longer.
    var deadline: Duration = .seconds(240)

    /// The executable beside the test bundle, which SwiftPM has built because this target depends on it.
    static func path() throws -> String {
        guard let bundle = realpath("/proc/self/exe", nil) else { throw ClusterError(.system, "the test bundle has no path") }
        defer { free(bundle) }
        let path = FilePath(String(cString: bundle)).removingLastComponent().appending("dayhaul").string
        guard access(path, X_OK) == 0 else { throw ClusterError(.programsNotFound, "there is no program \(path)", hint: "swift build") }
        return path
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - input: its standard input; nil for an empty one.
    ///   - body: what happens while it runs; the end is waited for afterwards.
    func run(
        _ arguments: [String], input: String? = nil, while body: @escaping @Sendable (RunningProgram) async throws -> Void = { _ in }
    ) async throws -> EndedProgram {
        let name = "run-\(Cluster.randomPassword().prefix(8))"
        let files = ["in", "out", "err"].map { FilePath("\(directory)/\(name).\($0)") }
        for file in files {
            let made = try FileDescriptor.open(file, .writeOnly, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
            try made.closeAfter { if let input, file == files[0] { _ = try made.writeAll(input.utf8) } }
        }
        let ended = try await withThrowingTaskGroup(of: EndedProgram?.self) { group in
            group.addTask { try await launch(arguments, files, body) }
            group.addTask {
                try await Task.sleep(for: deadline)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let ended else { throw ClusterError(.timedOut, "dayhaul \(arguments.joined(separator: " ")) took longer than \(deadline)") }
        return ended
    }

    private func launch(
        _ arguments: [String], _ files: [FilePath], _ body: @escaping @Sendable (RunningProgram) async throws -> Void
    ) async throws -> EndedProgram {
        let descriptors = try [
            FileDescriptor.open(files[0], .readOnly), FileDescriptor.open(files[1], .writeOnly), FileDescriptor.open(files[2], .writeOnly),
        ]
        defer { for descriptor in descriptors { try? descriptor.close() } }
        let command = try launcher + [Self.path()] + arguments
        let result = try await Subprocess.run(
            .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
            environment: .custom(environment.map { Array("\($0)=\($1)\0".utf8) }), workingDirectory: FilePath(directory),
            input: .fileDescriptor(descriptors[0], closeAfterSpawningProcess: false),
            output: .fileDescriptor(descriptors[1], closeAfterSpawningProcess: false),
            error: .fileDescriptor(descriptors[2], closeAfterSpawningProcess: false)
        ) { execution in
            let running = RunningProgram(processID: execution.processIdentifier.value, output: files[1].string, errors: files[2].string)
            try await body(running)
            return try await running.peakMemoryAtEnd()
        }
        return EndedProgram(
            status: EndedProgram.Status(result.terminationStatus), output: try text(of: files[1].string),
            errors: try text(of: files[2].string),
            peakMemory: result.closureResult)
    }
}

/// A program under way.
struct RunningProgram: Sendable {
    let processID: Int32
    fileprivate let output: String
    fileprivate let errors: String

    fileprivate init(processID: Int32, output: String, errors: String) {
        self.processID = processID
        self.output = output
        self.errors = errors
    }

    /// What it has printed so far.
    func outputSoFar() throws -> String { try text(of: output) }
    /// What it has said on standard error so far.
    func errorsSoFar() throws -> String { try text(of: errors) }

    func send(_ signal: Int32) { kill(processID, signal) }

    /// Whether a signal has stopped it (proc(5), stat: the state follows the name in parentheses).
    var isStopped: Bool {
        guard let stat = try? text(of: "/proc/\(processID)/stat"), let name = stat.lastIndex(of: ")") else { return false }
        return stat[name...].dropFirst(2).first == "T"
    }

    /// Waits for something that happens while the program runs; one that has ended meanwhile, or goes on without it, is an error with what
    /// it said.
    func wait(for what: String, within deadline: Duration = .seconds(90), _ condition: () async throws -> Bool) async throws {
        do {
            try await eventually(what, within: deadline) {
                guard peakMemory() != nil else {
                    throw ClusterError(.programFailed, "dayhaul ended before \(what): \(try errorsSoFar()) \(try outputSoFar())")
                }
                return try await condition()
            }
        } catch let error as ClusterError where error.code == .timedOut {
            throw ClusterError(.timedOut, "\(error.message); dayhaul says: \(try errorsSoFar()) \(try outputSoFar())")
        }
    }

    /// What every user of the machine can see of it (proc(5), cmdline).
    func commandLine() throws -> String { try text(of: "/proc/\(processID)/cmdline") }

    /// The most resident memory it ever had, in bytes, asked until the process has no memory any more (proc(5), VmHWM).
    fileprivate func peakMemoryAtEnd() async throws -> Int {
        var peak = 0
        while let now = peakMemory() {
            peak = max(peak, now)
            try await Task.sleep(for: .milliseconds(10))
        }
        return peak
    }

    private func peakMemory() -> Int? {
        guard let status = try? text(of: "/proc/\(processID)/status") else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
    }
}

/// What became of a program.
struct EndedProgram: Sendable {
    enum Status: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    let status: Status
    let output: String
    let errors: String
    /// Bytes.
    let peakMemory: Int
}

extension EndedProgram.Status {
    fileprivate init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .killed(signal: signal)
        }
    }
}

/// A file's text, whatever its size is said to be: files of /proc say 0.
func text(of path: String) throws -> String {
    let file = try FileDescriptor.open(FilePath(path), .readOnly)
    return try file.closeAfter {
        var bytes: [UInt8] = []
        while true {
            let chunk = try [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if chunk.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk
        }
    }
}
