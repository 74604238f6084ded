import PostgresBinary
import Testing

/// No bytes make the reader or a codec trap: these tests pass by coming to their end.
@Suite struct HostileBytesTests {
    /// Feeds a stream, in two pieces, and decodes every field as every type.
    private func read(_ stream: [UInt8], splitAt split: Int, fieldCount: Int) {
        var reader = CopyBinaryReader(fieldCount: fieldCount, maximumRowSize: 1 << 16)
        let pieces = [Array(stream[..<split]), Array(stream[split...])]
        for piece in pieces {
            try? reader.feed(piece.span.bytes) { cursor in
                while cursor.fieldsRead < cursor.fieldCount {
                    guard let field = try cursor.nextField() else { continue }
                    decode([UInt8](field))
                }
            }
        }
        try? reader.finish()
    }

    /// Decodes bytes as every type and as an array of every type.
    private func decode(_ bytes: [UInt8]) {
        for codec in Codec.all {
            let valid = (try? codec.reencode(bytes)) != nil
            #expect(((try? codec.type.validate(bytes.span.bytes)) != nil) == valid, "\(codec.type)")
            #expect((codec.type.text(of: bytes.span.bytes) != nil) == valid, "\(codec.type)")
            let array = PostgresType.array(of: codec.type)
            let validArray = (try? array.validate(bytes.span.bytes)) != nil
            let canonical = codec.type == .numeric && validArray ? withCanonicalZeros(bytes) : bytes
            #expect(!validArray || (try? codec.reencodeArray(bytes)) == canonical, "array of \(codec.type)")
            #expect(array.text(of: bytes.span.bytes).hasPrefix("<malformed") != validArray, "array of \(codec.type)")
        }
    }

    /// A valid array of numerics whose zeros have neither sign nor weight, as PostgreSQL sends them; every other byte as it is.
    private func withCanonicalZeros(_ array: [UInt8]) -> [UInt8] {
        func int(at offset: Int) -> Int { array[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        var canonical = array
        // Dimensions, flags and type; a size and a lower bound a dimension; then a length and a value an element, 2^32 - 1 for NULL.
        var offset = 12 + 8 * int(at: 0)
        while offset < array.count {
            let length = int(at: offset)
            offset += 4
            guard length != 0xFFFF_FFFF else { continue }
            let isZero = length == 8 && array[offset..<offset + 2] == [0, 0] && [0, 0x40].contains(array[offset + 4])
            if isZero { canonical.replaceSubrange(offset + 2..<offset + 6, with: [0, 0, 0, 0]) }
            offset += length
        }
        return canonical
    }

    @Test("an array's numerics come out byte for byte, but for the sign and the weight of a zero")
    func zeros() throws {
        let value: [UInt8] = [0, 0, 0x12, 0x34, 0x40, 0, 0, 2]
        let array = try #require(PostgresArray([Bytea(value), nil], elementOID: ScalarType.numeric.rawValue)).encoded
        #expect(withCanonicalZeros(array) != array)
        decode(array)
    }

    private func stream(using generator: inout SeededGenerator) -> [UInt8] {
        var writer = CopyBinaryWriter(capacity: 64)
        writer.writeHeader()
        for codec in Codec.all.shuffled(using: &generator).prefix(3) {
            writer.beginRow(fieldCount: 2)
            let value = codec.sample(&generator)
            writer.writeField(value.span.bytes)
            writer.write(PostgresArray([Bytea(value), nil], elementOID: codec.type.rawValue))
        }
        writer.writeTrailer()
        return [UInt8](writer.bytes)
    }

    @Test("any one byte of a stream may be anything")
    func everyByte() {
        var generator = SeededGenerator(seed: 3)
        let stream = stream(using: &generator)
        for index in stream.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var broken = stream
                broken[index] ^= change
                read(broken, splitAt: index, fieldCount: 2)
            }
        }
    }

    @Test("a stream may be mutated in any way", .timeLimit(.minutes(1)))
    func mutations() {
        let seed = UInt64.random(in: 0 ... .max)
        print("mutated streams: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let deadline = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < deadline {
            var stream = stream(using: &generator)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<stream.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: stream[index] = UInt8(truncatingIfNeeded: generator.next())
                case 1: stream.removeSubrange(index..<min(stream.count - 1, index + 4))
                case 2: stream.insert(contentsOf: generator.bytes(3), at: index)
                default:
                    let size = [UInt8](bigEndian: [Int32.max, .min, -1, -2, 0, 1 << 24].randomElement(using: &generator) ?? 0)
                    stream.replaceSubrange(index..<min(stream.count, index + 4), with: size)
                }
                if stream.isEmpty { stream = [0] }
            }
            read(stream, splitAt: Int.random(in: 0...stream.count, using: &generator), fieldCount: 2)
        }
    }

    @Test(
        "a numeric that PostgreSQL would not send is refused: scale, weight and sign of special values",
        arguments: [
            [0, 0, 0xC000, 251], [0, 1, 0xC000, 0], [0, 0, 0xD000, 0], [0, 0, 0xF000, 31], [0, 1, 0xF000, 32],
        ] as [[UInt16]])
    func numerics(words: [UInt16]) {
        let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        #expect((try? Numeric(binary: bytes.span.bytes)) == nil)
        decode(bytes)
    }

    @Test("a value may be any bytes", .timeLimit(.minutes(1)))
    func randomValues() {
        let seed = UInt64.random(in: 0 ... .max)
        print("random values: seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let deadline = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < deadline {
            var bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
            // Small numbers lead further into a decoder than large ones.
            for index in bytes.indices where generator.chance(2, in: 3) { bytes[index] = UInt8.random(in: 0...3, using: &generator) }
            decode(bytes)
        }
    }
}
