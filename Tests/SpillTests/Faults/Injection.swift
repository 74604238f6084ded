import Foundation
import Glibc
import Testing

/// Failures of system calls, made by `strace` in the process that calls ``inject(_:on:_:)``; hence only for processes of exit tests.
enum Injection {
    /// Whether strace is there and may trace.
    static let isPossible = (try? run("strace", "-o", "/dev/null", "true").status) == 0

    /// Runs `body` while this process's system calls on the file or folder at `path` fail as told; returns the calls, a line each.
    ///
    /// - Parameter fault: what `strace -e inject` takes, as `write:error=EIO:when=2`; the count is a thread's.
    static func inject(_ fault: String, on path: String, _ body: () async throws -> Void) async throws -> [String] {
        try await withTemporaryDirectory { folder in
            let strace = Process()
            strace.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            strace.arguments = [
                "strace", "-f", "-q", "-p", String(getpid()), "-P", path, "-e", "trace=write,pwrite64,pread64,fsync,flock,fcntl",
                "-e", "signal=none", "-e", "inject=" + fault, "-o", folder + "/log",
            ]
            strace.standardError = FileHandle.nullDevice
            // Nobody ends an exit test that hangs.
            alarm(60)
            try strace.run()
            // Foundation's threads block all signals that can be blocked, and strace inherits that.
            defer { kill(strace.processIdentifier, SIGKILL) }
            try await eventually { try threads(areTraced: true) }
            try await body()
            kill(strace.processIdentifier, SIGKILL)
            try await eventually { try threads(areTraced: false) }
            return try String(contentsOfFile: folder + "/log", encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    private static func threads(areTraced: Bool) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").allSatisfy { thread in
            // A thread may end while they are counted.
            guard let status = try? String(contentsOfFile: "/proc/self/task/\(thread)/status", encoding: .utf8) else { return true }
            return status.contains("TracerPid:\t0\n") != areTraced
        }
    }
}
