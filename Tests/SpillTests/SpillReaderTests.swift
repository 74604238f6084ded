import Foundation
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

    @Test("a file of another tenant, report, day, version, shape or attempt is refused by name of the field")
    func swapped() async throws {
        try await withSpill { spill in
            try spill.write([1])
            let changes: [(String, WritableKeyPath<SpillIdentity, String>)] = [
                ("tenant", \.tenant), ("report", \.report), ("day", \.day), ("report version", \.reportVersion), ("attempt", \.attempt),
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
