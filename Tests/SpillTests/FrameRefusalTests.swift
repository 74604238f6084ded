import Foundation
import Spill
import Testing

@Suite("Frames that are not Spill's")
struct FrameRefusalTests {
    @Test(
        "a frame of another kind is refused, though its trailer vouches for it",
        arguments: [
            ["-B7"], ["-B4", "--no-frame-crc", "-BX"], ["-B4"], ["-B4", "-BX", "-BD"], ["-B4", "-BX", "--content-size"], ["-l"],
        ])
    func otherFrames(options: [String]) async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 5)
            let content = generator.rows(70_000)
            let file = try spill.write(content)
            let plain = spill.path + "/plain"
            try Data(content).write(to: URL(fileURLWithPath: plain))
            let frame = try compressed(plain, options)
            try overwrite(spill.filePath("file"), Forgery.file(frame: frame, like: file))
            #expect(code { try spill.read() } == .corrupt)
        }
    }

    @Test("a frame of Spill's kind is accepted whoever made it")
    func sameFrame() async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 5)
            let content = generator.rows(70_000)
            let file = try spill.write(content)
            let plain = spill.path + "/plain"
            try Data(content).write(to: URL(fileURLWithPath: plain))
            try overwrite(spill.filePath("file"), Forgery.file(frame: compressed(plain, ["-B4", "-BX"]), like: file))
            #expect(try spill.read() == content)
        }
    }

    @Test("a second frame behind the first, or content of another length, is refused")
    func length() async throws {
        try await withSpill { spill in
            let file = try spill.write([1, 2, 3])
            let frame = Array(try contents(of: spill.filePath("file")).prefix(file.compressedBytes))
            try overwrite(spill.filePath("file"), Forgery.file(frame: frame + frame, like: file))
            #expect(code { try spill.read() } == .corrupt)

            let longer = try spill.write([1, 2, 3, 4], name: "longer")
            let other = Array(try contents(of: spill.filePath("longer")).prefix(longer.compressedBytes))
            try overwrite(spill.filePath("file"), Forgery.file(frame: other, like: file))
            #expect(code { try spill.read() } == .corrupt)
        }
    }

    private func compressed(_ path: String, _ options: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["lz4", "-q", "-1"] + options + ["-c", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(data)
    }
}
