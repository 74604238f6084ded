import PostgresBinary
import Testing

@Suite struct CopyBinaryReaderTests {
    private static let sample: [[[UInt8]?]] = [
        [Int32(7).encoded, "first".encoded, nil],
        [nil, [], [0xFF]],
        [Int32(-1).encoded, "a longer field, of forty bytes or so, ok".encoded, Int64(5).encoded],
    ]

    @Test("a stream split at any point gives the same rows")
    func everySplit() throws {
        let stream = copyStream(Self.sample)
        for split in 0...stream.count {
            #expect(try rows(of: [Array(stream[..<split]), Array(stream[split...])], fieldCount: 3) == Self.sample, "split at \(split)")
        }
    }

    @Test("a stream in pieces of any one size gives the same rows")
    func everyPieceSize() throws {
        let stream = copyStream(Self.sample)
        for size in 1...20 {
            let pieces = stride(from: 0, to: stream.count, by: size).map { Array(stream[$0..<min($0 + size, stream.count)]) }
            #expect(try rows(of: pieces, fieldCount: 3) == Self.sample, "pieces of \(size)")
        }
    }

    @Test("a stream that ends anywhere before its end is truncated")
    func everyTruncation() throws {
        let stream = copyStream(Self.sample)
        for end in 0..<stream.count {
            #expect(try code { _ = try rows(of: [Array(stream[..<end])], fieldCount: 3) } == .truncated, "\(end) bytes")
        }
    }

    @Test("a stream without rows, and rows without fields, are read")
    func empty() throws {
        #expect(try rows(of: [copyStream([])], fieldCount: 3) == [])
        #expect(try rows(of: [copyStream([[], []])], fieldCount: 0) == [[], []])
    }

    @Test("what is not copy binary is refused at its first wrong byte")
    func signature() throws {
        let stream = copyStream(Self.sample)
        for index in 0..<11 {
            var broken = stream
            broken[index] ^= 0x20
            #expect(try code { _ = try rows(of: [Array(broken[...index])], fieldCount: 3) } == .notCopyBinary, "byte \(index)")
        }
        #expect(try code { _ = try rows(of: [Array("ERROR".utf8)], fieldCount: 3) } == .notCopyBinary)
    }

    @Test("critical flags are refused, others ignored", arguments: 0..<32)
    func flags(bit: Int) throws {
        var stream = copyStream(Self.sample)
        stream.replaceSubrange(11..<15, with: [UInt8](bigEndian: UInt32(1) << UInt32(bit)))
        #expect(try code { _ = try rows(of: [stream], fieldCount: 3) } == (bit < 16 ? nil : .unsupportedFlags))
    }

    @Test("an extension area is passed over, however it is split; one of negative size is refused")
    func extensionArea() throws {
        let stream = copyStream(Self.sample)
        let area = [UInt8](repeating: 0xEE, count: 37)
        let extended = Array(stream[..<15]) + [UInt8](bigEndian: Int32(area.count)) + area + stream[19...]
        for split in 0...extended.count {
            #expect(try rows(of: [Array(extended[..<split]), Array(extended[split...])], fieldCount: 3) == Self.sample)
        }
        for size in [-1, Int32.min] {
            let broken = Array(stream[..<15]) + [UInt8](bigEndian: size) + stream[19...]
            #expect(try code { _ = try rows(of: [broken], fieldCount: 3) } == .malformedHeader)
        }
        let huge = Array(stream[..<15]) + [UInt8](bigEndian: Int32.max) + stream[19...]
        #expect(try code { _ = try rows(of: [huge], fieldCount: 3) } == .truncated)
    }

    @Test("another number of fields is refused", arguments: [0, 2, 4, 1600, Int16.max, -2, .min])
    func fieldCount(count: Int16) throws {
        var stream = copyStream(Self.sample)
        stream.replaceSubrange(19..<21, with: [UInt8](bigEndian: count))
        #expect(try code { _ = try rows(of: [stream], fieldCount: 3) } == .wrongFieldCount)
    }

    @Test("impossible lengths are refused, and huge ones need no memory", arguments: [-2, Int32.min, .max, 1 << 30, 1 << 20])
    func lengths(length: Int32) throws {
        var stream = copyStream(Self.sample)
        stream.replaceSubrange(21..<25, with: [UInt8](bigEndian: length))
        let expected: BinaryError.Code = length < 0 ? .malformedRow : length >= 1 << 30 ? .rowTooLarge : .truncated
        #expect(try code { _ = try rows(of: [stream], fieldCount: 3) } == expected)
    }

    @Test("a row of the largest size is accepted, and one byte more is not")
    func maximumRowSize() throws {
        let stream = copyStream([[[UInt8](repeating: 1, count: 94)]])
        for pieces in [[stream], stream.map { [$0] }] {
            #expect(try rows(of: pieces, fieldCount: 1, maximumRowSize: 100).count == 1)
            #expect(try code { _ = try rows(of: pieces, fieldCount: 1, maximumRowSize: 99) } == .rowTooLarge)
        }
    }

    @Test("nothing may follow the trailer, in the same piece or another")
    func afterTrailer() throws {
        let stream = copyStream(Self.sample)
        #expect(try code { _ = try rows(of: [stream + [0]], fieldCount: 3) } == .dataAfterTrailer)
        #expect(try code { _ = try rows(of: [stream, [0]], fieldCount: 3) } == .dataAfterTrailer)
        #expect(try code { _ = try rows(of: [stream, []], fieldCount: 3) } == nil)
    }

    @Test("an error names the row and the field, and the reader goes no further")
    func errors() throws {
        let stream = copyStream([["ok".encoded], ["ok".encoded], ["no".encoded]])
        var reader = CopyBinaryReader(fieldCount: 1)
        var thrown: BinaryError?
        do {
            try reader.feed(stream.span.bytes) { cursor in
                if cursor.rowBytes.byteCount == 8, [UInt8](cursor.rowBytes).suffix(2).elementsEqual("no".utf8) {
                    _ = try cursor.next(Int32.self)
                }
            }
        } catch let error as BinaryError {
            thrown = error
        }
        #expect(thrown?.row == 3)
        #expect(thrown?.field == 1)
        #expect(thrown?.description == "int4 value of 2 bytes, field 1, row 3")
        #expect(reader.rows == 2)
        do {
            try reader.feed(stream.span.bytes) { _ in }
        } catch let error as BinaryError {
            thrown = error
        }
        #expect(thrown?.code == .readerFailed)
        let isComplete = reader.isComplete
        #expect(!isComplete)
    }
}
