import Foundation
import Glibc
import Testing

@testable import Spill

@Suite(
    "Failures of the file system", .timeLimit(.minutes(2)),
    .enabled(if: Injection.isPossible, "strace is not installed, or may not trace here"))
struct FileSystemFaultTests {
    @Test(
        "a write or sync that fails is a transient error, the file and its bytes are gone, and the next file is written",
        arguments: [
            ("write:error=ENOSPC:when=1", "noSpace"), ("write:error=ENOSPC:when=3", "noSpace"), ("write:error=EDQUOT:when=2", "noSpace"),
            ("write:error=EIO:when=2", "io(errno: 5)"), ("write:retval=0:when=2", "io(errno: 5)"), ("fsync:error=EIO", "io(errno: 5)"),
            ("fsync:error=ENOSPC", "noSpace"), ("fsync:error=EINTR", "io(errno: 4)"),
        ])
    func failure(fault: String, code expected: String) async {
        await #expect(processExitsWith: .success) { [fault = fault as String, expected = expected as String] in
            try await withSpill { spill in
                var generator = SeededGenerator(seed: 41)
                let content = generator.noise(300_000)
                let calls = try await Injection.inject(fault, on: spill.filePath("file")) {
                    let error = #expect(throws: SpillError.self) { try spill.write(content, step: 64 * 1024) }
                    #expect(error.map { "\($0.code)" } == expected)
                    #expect(error?.isTransient == true && error?.condemnsFile == false)
                }
                #expect(calls.contains { $0.contains("INJECTED") })
                #expect(calls.count { $0.contains("fsync(") } == (fault.hasPrefix("fsync") ? 1 : 0), "a failed sync is not tried again")
                #expect(!exists(spill.filePath("file")))
                #expect(spill.directory.quota.usage.used == 0)

                try await spill.share.reserve(content.count)
                try spill.write(content)
                #expect(try spill.read() == content)
            }
        }
    }

    @Test("a write that a signal interrupts is made again", arguments: ["write:error=EINTR:when=1", "write:error=EINTR:when=2..5"])
    func interrupted(fault: String) async {
        await #expect(processExitsWith: .success) { [fault = fault as String] in
            try await withSpill { spill in
                var generator = SeededGenerator(seed: 42)
                let content = generator.noise(300_000)
                let calls = try await Injection.inject(fault, on: spill.filePath("file")) {
                    try spill.write(content, step: 64 * 1024)
                }
                #expect(calls.contains { $0.contains("INJECTED") })
                #expect(try spill.read() == content)
            }
        }
    }

    @Test("a write that is cut short goes on where it was cut")
    func short() async {
        await #expect(processExitsWith: .success) {
            try await withSpill { spill in
                var generator = SeededGenerator(seed: 43)
                let content = generator.noise(300_000)
                // A block of 64 KiB of noise with its size and checksum, of which 100 bytes are said to be written.
                let calls = try await Injection.inject("write:retval=100:when=2", on: spill.filePath("file")) {
                    try spill.write(content, step: 64 * 1024)
                }
                #expect(calls.contains { $0.hasSuffix(", 65544) = 100 (INJECTED)") })
                #expect(calls.contains { $0.hasSuffix(", 65444) = 65444") })
                #expect(code { try spill.read() } == .corrupt, "in truth nothing of the 100 bytes was written")
            }
        }
    }

    @Test("a file that reaches the limit on its size is a transient error, and gone")
    func fileTooLarge() async {
        await #expect(processExitsWith: .success) {
            try await withSpill { spill in
                signal(SIGXFSZ, SIG_IGN)
                var generator = SeededGenerator(seed: 44)
                let content = generator.noise(300_000)
                FileSystemFaultTests.limitFileSize(100_000)
                let error = #expect(throws: SpillError.self) { try spill.write(content) }
                #expect(error?.code == .io(errno: EFBIG) && error?.isTransient == true)
                #expect(!exists(spill.filePath("file")))
                #expect(spill.directory.quota.usage.used == 0)
            }
        }
    }

    @Test("a disk that claims to have written what it did not is found out before a row is given")
    func lost() async {
        await #expect(processExitsWith: .success) {
            try await withSpill { spill in
                var generator = SeededGenerator(seed: 45)
                let content = generator.noise(300_000)
                // A block of 64 KiB of noise with its size and checksum; nothing of it reaches the file.
                let calls = try await Injection.inject("write:retval=65544:when=2", on: spill.filePath("file")) {
                    try spill.write(content, step: 64 * 1024)
                }
                #expect(calls.contains { $0.contains("INJECTED") })
                #expect(code { try spill.read() } == .corrupt)
            }
        }
    }

    @Test("a read that fails is a transient error and does not condemn the file")
    func read() async {
        await #expect(processExitsWith: .success) {
            try await withSpill { spill in
                let file = try spill.write([1, 2, 3])
                let calls = try await Injection.inject("pread64:error=EIO:when=1", on: spill.filePath("file")) {
                    let error = #expect(throws: SpillError.self) { try spill.read(file) }
                    #expect(error?.code == .io(errno: EIO) && error?.isTransient == true && error?.condemnsFile == false)
                }
                #expect(calls.contains { $0.contains("INJECTED") })
                #expect(try spill.read(file) == [1, 2, 3])
            }
        }
    }

    @Test("a claim on the quota that cannot be written is a transient error, and the next is made")
    func claim() async {
        await #expect(processExitsWith: .success) {
            try await withSpill { spill in
                let calls = try await Injection.inject("pwrite64:error=ENOSPC:when=1", on: spill.path + "/.spill-quota") {
                    let error = await #expect(throws: SpillError.self) { try await spill.share.reserve(100) }
                    #expect(error?.code == .noSpace && error?.isTransient == true)
                }
                #expect(calls.contains { $0.contains("INJECTED") })
                #expect(spill.directory.quota.usage.used == 0 && spill.directory.quota.usage.waiting == 0)
                try await spill.share.reserve(100)
                #expect(spill.directory.quota.usage.used == 100)
            }
        }
    }

    @Test("a claim on the quota that a signal interrupts is made all the same", arguments: ["flock", "fcntl"])
    func interruptedClaim(call: String) async {
        await #expect(processExitsWith: .success) { [call = call as String] in
            try await withSpill { spill in
                let path = call == "flock" ? spill.path : spill.path + "/.spill-quota"
                let calls = try await Injection.inject("\(call):error=EINTR:when=1", on: path) {
                    try await spill.share.reserve(100)
                }
                #expect(calls.contains { $0.contains("INJECTED") })
                #expect(spill.directory.quota.usage.claimed >= 100)
            }
        }
    }

    /// Sets the limit on the size of files this process writes.
    private static func limitFileSize(_ bytes: rlim_t) {
        var limit = rlimit(rlim_cur: bytes, rlim_max: .max)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    }
}
