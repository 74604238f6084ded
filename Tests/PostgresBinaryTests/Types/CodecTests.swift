import PostgresBinary
import Testing

/// What every codec promises, without a server.
@Suite struct CodecTests {
    @Test("random values come back bit for bit, alone and in arrays", arguments: Codec.all)
    func roundTrip(_ codec: Codec) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let bytes = codec.sample(&generator)
            #expect(try codec.reencode(bytes) == bytes, "seed \(seed)")
            let array = try #require(PostgresArray([Bytea(bytes), nil, Bytea(bytes)], elementOID: codec.type.rawValue)).encoded
            #expect(try codec.reencodeArray(array) == array, "seed \(seed)")
        }
    }

    @Test("values of fixed size are refused in any other", arguments: Codec.all)
    func wrongLength(_ codec: Codec) throws {
        let sizes: [ScalarType: Int] = [
            .bool: 1, .int2: 2, .int4: 4, .int8: 8, .oid: 4, .float4: 4, .float8: 8, .date: 4, .time: 8, .timetz: 12, .timestamp: 8,
            .timestamptz: 8, .interval: 16, .macaddr: 6, .macaddr8: 8, .uuid: 16,
        ]
        guard let size = sizes[codec.type] else { return }
        for other in 0...20 where other != size {
            #expect(try code { _ = try codec.reencode([UInt8](repeating: 0, count: other)) } == .malformedValue)
        }
    }

    @Test("the edges of ranges are accepted, and what lies behind them is not")
    func ranges() throws {
        #expect(try code { _ = try Bool(bytes: [2]) } == .malformedValue)
        #expect(try code { _ = try CalendarDate(bytes: Int32(-2_451_546).encoded) } == .valueOutOfRange)
        #expect(try code { _ = try CalendarDate(bytes: Int32(2_145_031_949).encoded) } == .valueOutOfRange)
        #expect(try code { _ = try Timestamp(bytes: Int64(-211_813_488_000_000_001).encoded) } == .valueOutOfRange)
        #expect(try code { _ = try Timestamp(bytes: Int64(9_223_371_331_200_000_000).encoded) } == .valueOutOfRange)
        #expect(try code { _ = try TimeOfDay(bytes: Int64(86_400_000_001).encoded) } == .valueOutOfRange)
        #expect(try code { _ = try TimeOfDay(bytes: Int64(-1).encoded) } == .valueOutOfRange)
        #expect(try code { _ = try TimeOfDayTZ(bytes: Int64(0).encoded + Int32(57_600).encoded) } == .valueOutOfRange)
        #expect(try code { _ = try JSONB(bytes: [2, 0x7B, 0x7D]) } == .malformedValue)
        #expect(try code { _ = try JSONB(bytes: []) } == .malformedValue)
    }

    @Test("the payload and the quiet bit of a NaN are kept")
    func nan() throws {
        for pattern: UInt64 in [0x7FF0_0000_0000_0001, 0xFFF8_0000_0000_BEEF, 0x7FFF_FFFF_FFFF_FFFF] {
            let bytes = [UInt8](bigEndian: pattern)
            #expect(try Double(bytes: bytes).encoded == bytes)
        }
        for pattern: UInt32 in [0x7F80_0001, 0xFFC0_BEEF] {
            let bytes = [UInt8](bigEndian: pattern)
            #expect(try Float(bytes: bytes).encoded == bytes)
        }
    }
}
