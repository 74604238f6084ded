import Foundation
import Spill
import Testing

@Suite("Spill writer")
struct SpillWriterTests {
    static let block = 64 * 1024

    @Test(
        "content comes back as it was, whatever its size and kind",
        arguments: [0, 1, 2, 100, block - 1, block, block + 1, 2 * block - 1, 2 * block, 3 * block + 17, 5_000_000])
    func roundTripOfSizes(size: Int) async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: UInt64(size))
            for (name, content) in [("noise", generator.noise(size)), ("rows", generator.rows(size))] {
                let file = try spill.write(content, name: name)
                #expect(file.contentBytes == size)
                #expect(try spill.read(name: name) == content)
            }
        }
    }

    @Test("content comes back as it was, however it is cut into writes", arguments: [1, 7, 4096, block - 1, block, block + 1, 200_000])
    func roundTripOfSteps(step: Int) async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: UInt64(step))
            let content = generator.rows(150_000) + generator.noise(150_000)
            try spill.write(content, step: step)
            #expect(try spill.read() == content)
        }
    }

    @Test("the lz4 command accepts a file and gives back its content", arguments: [0, 1, block, 300_001])
    func lz4CommandReadsIt(size: Int) async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 7)
            let content = generator.rows(size)
            try spill.write(content)
            #expect(try run("lz4", "-t", spill.filePath("file")).status == 0)
            let decompressed = try run("lz4", "-d", "-c", spill.filePath("file"))
            #expect(decompressed.status == 0)
            #expect(decompressed.output == content)
        }
    }

    @Test("the file's description is the one the reader finds, and grep shows it")
    func description() async throws {
        try await withSpill { spill in
            let file = try spill.write([1, 2, 3])
            let reader = try spill.directory.openFile(run: "run", name: "file", expecting: SpillFixture.identity)
            #expect(reader.file == file)
            #expect(file.rows == 3 && file.digest == "d1" && file.sourcePosition == "0/16B3748")
            let shown = try run("grep", "-a", "^{\"format\"", spill.filePath("file"))
            let line = String(decoding: shown.output, as: UTF8.self)
            #expect(line.contains(#""tenant":"tenant_a","report":"foodlogstats","day":"2025-09-01""#))
        }
    }

    @Test("files are the owner's alone")
    func mode() async throws {
        try await withSpill { spill in
            try spill.write([1])
            #expect(try run("stat", "-c", "%a", spill.filePath("file")).output == Array("600\n".utf8))
            #expect(try run("stat", "-c", "%a", spill.path + "/run").output == Array("700\n".utf8))
        }
    }

    @Test("a name in use is refused, a planted symlink is not followed")
    func existingName() async throws {
        try await withSpill { spill in
            try spill.write([1])
            #expect(code { try spill.write([2]) } == .fileExists)
            #expect(try spill.read() == [1])

            let target = spill.path + "/target"
            try FileManager.default.createSymbolicLink(atPath: spill.filePath("planted"), withDestinationPath: target)
            #expect(code { try spill.write([2], name: "planted") } == .fileExists)
            #expect(!exists(target))
        }
    }

    @Test("a writer that is dropped or discarded leaves nothing behind")
    func droppedWriter() async throws {
        try await withSpill { spill in
            func start() throws {
                var writer = try spill.directory.makeFile(run: "run", name: "dropped", identity: SpillFixture.identity, share: spill.share)
                try writer.write([UInt8](repeating: 1, count: 1_000_000).span.bytes)
                #expect(spill.directory.quota.usage.used > 0)
                #expect(exists(spill.filePath("dropped")))
            }
            try start()
            #expect(!exists(spill.filePath("dropped")))
            try spill.directory.makeFile(run: "run", name: "discarded", identity: SpillFixture.identity, share: spill.share).discard()
            #expect(!exists(spill.filePath("discarded")))
            #expect(spill.directory.quota.usage.used == 0)
        }
    }

    @Test("a footer that could not be read again is refused, and the file is gone")
    func longFooter() async throws {
        try await withSpill { spill in
            let writer = try spill.directory.makeFile(run: "run", name: "file", identity: SpillFixture.identity, share: spill.share)
            let position = String(repeating: "x", count: SpillFile.footerLimit)
            do throws(SpillError) {
                _ = try writer.finish(rows: 0, digest: "", sourcePosition: position)
                Issue.record("a footer of more than the limit was written")
            } catch {
                #expect(error.code == .footerTooLong)
            }
            #expect(!exists(spill.filePath("file")))
        }
    }

    @Test("names that are not one plain path component are refused", arguments: ["", ".", "..", "a/b", ".hidden", "a\nb", "a\0b"])
    func names(name: String) async throws {
        try await withSpill { spill in
            #expect(code { try spill.write([], name: name) } == .nameUnusable)
            #expect(code { try spill.write([], run: name) } == .nameUnusable)
            #expect(code { try spill.directory.remove(run: "run", name: name) } == .nameUnusable)
        }
    }
}

/// The code of the error that `body` throws; nil when it throws none of Spill's.
func code<Value>(_ body: () throws -> Value) -> SpillError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? SpillError)?.code
    }
}
