/// XXH32, the 32-bit checksum of LZ4 frames (the xxHash specification, seed 0).
enum XXHash32 {
    private static let prime1: UInt32 = 0x9E37_79B1
    private static let prime2: UInt32 = 0x85EB_CA77
    private static let prime3: UInt32 = 0xC2B2_AE3D
    private static let prime4: UInt32 = 0x27D4_EB2F
    private static let prime5: UInt32 = 0x1656_67B1

    /// The checksum of all of `bytes`.
    static func hash(_ bytes: RawSpan) -> UInt32 {
        let count = bytes.byteCount
        var offset = 0
        var hash = prime5
        if count >= 16 {
            var (a, b, c, d) = (prime1 &+ prime2, prime2, UInt32(0), 0 &- prime1)
            while offset &+ 16 <= count {
                a = round(a, bytes.littleEndian(UInt32.self, at: offset))
                b = round(b, bytes.littleEndian(UInt32.self, at: offset &+ 4))
                c = round(c, bytes.littleEndian(UInt32.self, at: offset &+ 8))
                d = round(d, bytes.littleEndian(UInt32.self, at: offset &+ 12))
                offset &+= 16
            }
            hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
        }
        hash &+= UInt32(truncatingIfNeeded: count)
        while offset &+ 4 <= count {
            hash = rotate(hash &+ bytes.littleEndian(UInt32.self, at: offset) &* prime3, 17) &* prime4
            offset &+= 4
        }
        while offset < count {
            hash = rotate(hash &+ UInt32(bytes.littleEndian(UInt8.self, at: offset)) &* prime5, 11) &* prime1
            offset &+= 1
        }
        hash = (hash ^ (hash >> 15)) &* prime2
        hash = (hash ^ (hash >> 13)) &* prime3
        return hash ^ (hash >> 16)
    }

    private static func round(_ lane: UInt32, _ input: UInt32) -> UInt32 {
        rotate(lane &+ input &* prime2, 13) &* prime1
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word &<< count) | (word &>> (32 &- count))
    }
}
