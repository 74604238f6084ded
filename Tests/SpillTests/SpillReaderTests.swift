import Foundation
import Glibc
import Spill
import Testing

@Suite("Spill reader")
struct SpillReaderTests {
    @Test("a file cut off anywhere is refused before a byte is given")
    func truncation() async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 1)
            try spill.write(generator.rows(600))
            let path = spill.filePath("file")
            let whole = try contents(of: path)
            for length in 0..<whole.count {
                try overwrite(path, Array(whole.prefix(length)))
                #expect(code { try spill.directory.openFile(of: spill) }?.condemns == true, "cut to \(length) bytes")
            }
            try overwrite(path, whole + [0])
            #expect(code { try spill.directory.openFile(of: spill) } == .incomplete)
        }
    }

    @Test("a file with any one bit flipped is refused before a byte is given")
    func flips() async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 2)
            try spill.write(generator.rows(300) + generator.noise(100))
            let path = spill.filePath("file")
            let whole = try contents(of: path)
            for index in whole.indices {
                for bit in 0..<8 {
                    var damaged = whole
                    damaged[index] ^= 1 << bit
                    try overwrite(path, damaged)
                    #expect(code { try spill.directory.openFile(of: spill) }?.condemns == true, "bit \(bit) of byte \(index)")
                }
            }
            try overwrite(path, whole)
            #expect(try spill.read().count == 400)
        }
    }

    @Test("a file of another tenant, report, day, version, shape or plan is refused by name of the field")
    func swapped() async throws {
        try await withSpill { spill in
            try spill.write([1])
            let changes: [(String, WritableKeyPath<SpillIdentity, String>)] = [
                ("tenant", \.tenant), ("report", \.report), ("day", \.day), ("report version", \.reportVersion), ("plan", \.plan),
            ]
            for (field, path) in changes {
                var other = SpillFixture.identity
                other[keyPath: path] = "another"
                #expect(code { try spill.read(expecting: other) } == .mismatch, "\(field)")
            }
            var other = SpillFixture.identity
            other.columns.swapAt(0, 1)
            let error = #expect(throws: SpillError.self) { try spill.read(expecting: other) }
            #expect(error?.message.hasSuffix("its columns is another") == true)
        }
    }

    @Test("a file of the same identity that stands in another's place is refused by whoever names the file")
    func sameIdentity() async throws {
        try await withSpill { spill in
            let named = try spill.write([1, 2, 3])
            let original = try contents(of: spill.filePath("file"))
            #expect(try spill.read(named) == [1, 2, 3])

            let others: [(field: String, content: [UInt8], rows: Int, digest: String, position: String)] = [
                ("row count", [1, 2, 3], 4, "d1", "0/16B3748"), ("length", [1, 2, 3, 4], 3, "d1", "0/16B3748"),
                ("digest", [1, 2, 3], 3, "d2", "0/16B3748"), ("source position", [1, 2, 3], 3, "d1", "0/16B3749"),
                ("checksum", [1, 3, 2], 3, "d1", "0/16B3748"),
            ]
            for (number, other) in others.enumerated() {
                var writer = try spill.directory.makeFile(
                    run: "run", name: "other\(number)", identity: SpillFixture.identity, share: spill.share)
                try writer.write(other.content.span.bytes)
                _ = try writer.finish(rows: other.rows, digest: other.digest, sourcePosition: other.position)
                try overwrite(spill.filePath("file"), contents(of: spill.filePath("other\(number)")))
                #expect(try spill.read() == other.content, "its identity is equal")
                let error = #expect(throws: SpillError.self) { try spill.read(named) }
                #expect(error?.code == .mismatch && error?.condemnsFile == true)
                #expect(error?.message.hasSuffix("its \(other.field) is another") == true)
            }
            try overwrite(spill.filePath("file"), original)
            #expect(try spill.read(named) == [1, 2, 3])
        }
    }

    @Test("two files swapped on disk are refused, each by its identity")
    func swappedFiles() async throws {
        try await withSpill { spill in
            var other = SpillFixture.identity
            other.day = "2025-09-02"
            let files = [try spill.write([1], name: "a"), try spill.write([2], name: "b", identity: other)]
            #expect(rename(spill.filePath("a"), spill.filePath("x")) == 0)
            #expect(rename(spill.filePath("b"), spill.filePath("a")) == 0)
            #expect(rename(spill.filePath("x"), spill.filePath("b")) == 0)
            for file in files {
                #expect(code { try spill.read(name: file.name, expecting: file.identity) } == .mismatch)
                #expect(code { try spill.read(file) } == .mismatch)
            }
        }
    }

    @Test("what is missing, a symlink or a folder is not opened")
    func notAFile() async throws {
        try await withSpill { spill in
            #expect(code { try spill.read(run: "never") } == .fileMissing)
            try spill.write([1])
            #expect(code { try spill.read(name: "never") } == .fileMissing)
            try FileManager.default.createSymbolicLink(atPath: spill.filePath("link"), withDestinationPath: spill.filePath("file"))
            #expect(code { try spill.read(name: "link") } == .mismatch)
            try FileManager.default.createDirectory(atPath: spill.filePath("folder"), withIntermediateDirectories: false)
            #expect(code { try spill.read(name: "folder") } == .mismatch)
            #expect(try run("mkfifo", spill.filePath("fifo")).status == 0)
            #expect(code { try spill.read(name: "fifo") } == .mismatch)
        }
    }

    @Test("a file that changes after it was opened is noticed at the block that changed, and stays refused")
    func changeAfterOpening() async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 3)
            // Noise is stored as it is: the kind of block that liblz4 hands out before it has checked it.
            try spill.write(generator.noise(3 * 64 * 1024))
            var reader = try spill.directory.openFile(run: "run", name: "file", expecting: SpillFixture.identity)
            var bytes = try contents(of: spill.filePath("file"))
            bytes[7 + 8 + 64 * 1024 + 500] ^= 1
            try overwrite(spill.filePath("file"), bytes)
            #expect(try reader.advance())
            for _ in 0..<2 {
                do throws(SpillError) {
                    _ = try reader.advance()
                    Issue.record("a changed block was given")
                } catch {
                    #expect(error.code == .corrupt)
                }
            }
        }
    }

    @Test("no bytes whatever make the reader trap, or give more than a block at a time", .timeLimit(.minutes(1)))
    func fuzz() async throws {
        try await withSpill { spill in
            var generator = SeededGenerator(seed: 0xDA7A)
            let content = generator.rows(90_000) + generator.noise(50_000)
            let file = try spill.write(content)
            let path = spill.filePath("file")
            let whole = try contents(of: path)
            let end = ContinuousClock.now + .seconds(2)
            var rounds = 0
            var delivered = 0
            while ContinuousClock.now < end {
                // The trailer is made to fit the damage, so that it reaches the frame's decoder and not only the checksum.
                var frame = Array(whole.prefix(file.compressedBytes))
                for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&frame, &generator) }
                try overwrite(path, Forgery.file(frame: frame, like: file))
                if let read = try? spill.read() {
                    delivered += 1
                    #expect(read == content, "round \(rounds)")
                }
                rounds += 1
            }
            #expect(rounds > 20)
            #expect(delivered < rounds)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let near = Bool.random(using: &generator) ? min(bytes.count, 64) : bytes.count
        let index = Int.random(in: 0..<near, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...9, using: &generator)))
        default: bytes.insert(contentsOf: generator.noise(Int.random(in: 1...9, using: &generator)), at: index)
        }
    }
}

extension SpillDirectory {
    /// Opens the fixture's file and lets it go.
    fileprivate func openFile(of spill: SpillFixture) throws {
        _ = try openFile(run: "run", name: "file", expecting: SpillFixture.identity)
    }
}

extension SpillError.Code {
    fileprivate var condemns: Bool { self == .corrupt || self == .incomplete || self == .mismatch }
}
