/// XXH64, a 64-bit checksum of a stream of bytes (the xxHash specification, seed 0). It guards against damage, not
/// against forgery.
struct XXHash64: Sendable {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The four lanes of a stripe.
    private var lanes = SIMD4<UInt64>(prime1 &+ prime2, prime2, 0, 0 &- prime1)
    /// Bytes that do not make a stripe yet; at most 31.
    private var rest: [UInt8] = []
    private var length: UInt64 = 0

    /// Takes the next bytes of the stream.
    mutating func update(_ bytes: RawSpan) {
        length &+= UInt64(bytes.byteCount)
        var start = 0
        if !rest.isEmpty {
            start = min(32 - rest.count, bytes.byteCount)
            for index in 0..<start { rest.append(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
            if rest.count < 32 { return }
            lanes = Self.absorb(rest.span.bytes, into: lanes)
            rest.removeAll(keepingCapacity: true)
        }
        let whole = (bytes.byteCount - start) & ~31
        lanes = Self.absorb(bytes.extracting(start..<(start + whole)), into: lanes)
        for index in (start + whole)..<bytes.byteCount { rest.append(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
    }

    /// The checksum of everything taken so far.
    var value: UInt64 {
        var hash = Self.prime5
        if length >= 32 {
            hash = Self.rotate(lanes[0], 1) &+ Self.rotate(lanes[1], 7) &+ Self.rotate(lanes[2], 12) &+ Self.rotate(lanes[3], 18)
            for index in 0..<4 {
                hash = (hash ^ Self.round(0, lanes[index])) &* Self.prime1 &+ Self.prime4
            }
        }
        hash &+= length
        let tail = rest.span.bytes
        var offset = 0
        while offset + 8 <= tail.byteCount {
            hash = Self.rotate(hash ^ Self.round(0, tail.littleEndian(UInt64.self, at: offset)), 27) &* Self.prime1 &+ Self.prime4
            offset += 8
        }
        if offset + 4 <= tail.byteCount {
            let word = UInt64(tail.littleEndian(UInt32.self, at: offset))
            hash = Self.rotate(hash ^ (word &* Self.prime1), 23) &* Self.prime2 &+ Self.prime3
            offset += 4
        }
        while offset < tail.byteCount {
            let byte = UInt64(tail.littleEndian(UInt8.self, at: offset))
            hash = Self.rotate(hash ^ (byte &* Self.prime5), 11) &* Self.prime1
            offset += 1
        }
        hash = (hash ^ (hash >> 33)) &* Self.prime2
        hash = (hash ^ (hash >> 29)) &* Self.prime3
        return hash ^ (hash >> 32)
    }

    /// Takes whole stripes of 32 bytes.
    private static func absorb(_ stripes: RawSpan, into lanes: SIMD4<UInt64>) -> SIMD4<UInt64> {
        var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
        stripes.withUnsafeBytes { buffer in
            var offset = 0
            while offset + 32 <= buffer.count {
                a = Self.round(a, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                b = Self.round(b, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
                c = Self.round(c, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)))
                d = Self.round(d, UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self)))
                offset += 32
            }
        }
        return SIMD4(a, b, c, d)
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ (input &* prime2), 31) &* prime1
    }

    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
        (word &<< count) | (word &>> (64 - count))
    }
}
