import Foundation
import Spill

/// A spill directory of its own, gone with the object.
final class SpillBench: Sendable {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("dayhaul-micro-\(UUID().uuidString)").path
    private let directory: SpillDirectory
    private let identity = SpillIdentity(tenant: "t", report: "r", day: "2025-09-01", reportVersion: "1", columns: ["c"], plan: "p")

    init() throws { directory = try SpillDirectory(path: path, quota: SpillQuota(limit: 1 << 30)) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a stream, 64 KiB at a time, and makes the file whole.
    func write(_ stream: [UInt8]) async throws -> SpillFile {
        try? directory.remove(run: "run", name: "day")
        return try await directory.quota.withShare { share in
            try await share.reserve(stream.count)
            var writer = try directory.makeFile(run: "run", name: "day", identity: identity, share: share)
            var offset = 0
            while offset < stream.count {
                let end = min(offset + (1 << 16), stream.count)
                try writer.write(stream.span.bytes.extracting(offset..<end))
                offset = end
            }
            return try writer.finish(rows: Sample.rows, digest: "", sourcePosition: "")
        }
    }

    /// Reads a file from its begin to its end, verified.
    func read(_ file: SpillFile) throws {
        var reader = try directory.openFile(file)
        while try reader.advance() {}
    }
}
