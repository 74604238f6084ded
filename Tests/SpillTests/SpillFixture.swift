import Foundation
import Glibc
import Spill
import Testing

/// A spill directory of one test, removed when the test is done.
struct SpillFixture {
    static let identity = SpillIdentity(
        tenant: "tenant_a", report: "foodlogstats", day: "2025-09-01", reportVersion: "7f3a", columns: ["food_log_id", "café \"x\"\\\n"],
        plan: "plan 12")

    let path: String
    let directory: SpillDirectory
    let share: SpillShare

    /// Another engine's view of the same directory.
    func other(limit: Int = 1 << 30) throws -> SpillDirectory { try SpillDirectory(path: path, quota: SpillQuota(limit: limit)) }

    func filePath(_ name: String, run: String = "run") -> String { "\(path)/\(run)/\(name).lz4" }

    /// Writes a whole file, giving the writer `step` bytes at a time.
    @discardableResult
    func write(
        _ content: [UInt8], name: String = "file", run: String = "run", identity: SpillIdentity = Self.identity, step: Int = 1 << 20
    ) throws -> SpillFile {
        try Self.write(content, name: name, run: run, identity: identity, step: step, in: directory, share: share)
    }

    @discardableResult
    static func write(
        _ content: [UInt8], name: String, run: String, identity: SpillIdentity = Self.identity, step: Int = 1 << 20,
        in directory: SpillDirectory, share: SpillShare
    ) throws -> SpillFile {
        var writer = try directory.makeFile(run: run, name: name, identity: identity, share: share)
        for start in stride(from: 0, to: content.count, by: step) {
            try writer.write(content.span.bytes.extracting(start..<min(start + step, content.count)))
        }
        return try writer.finish(rows: 3, digest: "d1", sourcePosition: "0/16B3748")
    }

    /// Reads a whole file.
    func read(name: String = "file", run: String = "run", expecting identity: SpillIdentity = Self.identity) throws -> [UInt8] {
        try Self.content(of: directory.openFile(run: run, name: name, expecting: identity))
    }

    /// Reads the very file.
    func read(_ file: SpillFile) throws -> [UInt8] { try Self.content(of: directory.openFile(file)) }

    private static func content(of reader: consuming SpillReader) throws -> [UInt8] {
        var reader = reader
        var content: [UInt8] = []
        while try reader.advance() {
            #expect((1...65536).contains(reader.block.byteCount))
            reader.block.withUnsafeBytes { content.append(contentsOf: $0) }
        }
        return content
    }
}

func withSpill<Value>(limit: Int = 1 << 30, _ body: (SpillFixture) async throws -> Value) async throws -> Value {
    try await withTemporaryDirectory { parent in
        let path = parent + "/spill"
        let quota = SpillQuota(limit: limit)
        let directory = try SpillDirectory(path: path, quota: quota)
        return try await quota.withShare { try await body(SpillFixture(path: path, directory: directory, share: $0)) }
    }
}

/// Waits until something is so.
func eventually(_ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try !condition() {
        try #require(ContinuousClock.now < deadline)
        try await Task.sleep(for: .milliseconds(1))
    }
}

func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = NSTemporaryDirectory() + "spill-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// Runs a command; its exit status and standard output.
@discardableResult
func run(_ command: String...) throws -> (status: Int32, output: [UInt8]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, Array(data))
}

func contents(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Replaces a file's bytes without making another file of it.
func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
}

func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// Bytes that do not compress.
    mutating func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// Bytes that do.
    mutating func rows(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            bytes += [0, 5, 0, 0, 0, 4, 0, 0, UInt8(truncatingIfNeeded: next()), 1, 0, 0, 0, 8, 0, 2, 0, 0]
            bytes += Array("breakfast".utf8)
        }
        return Array(bytes.prefix(count))
    }
}
