/// wyhash, final version 4.3, with its default secret: a 64-bit hash by Wang Yi, "Modern Non-Cryptographic Hash Function and
/// Pseudorandom Number Generator", https://github.com/wangyi-fudan/wyhash. Not for use against an adversary.
@usableFromInline
enum WyHash {
    @usableFromInline static let secret0: UInt64 = 0x2d35_8dcc_aa6c_78a5
    @usableFromInline static let secret1: UInt64 = 0x8bb8_4b93_962e_acc9
    @usableFromInline static let secret2: UInt64 = 0x4b33_a62e_d433_d4a3
    @usableFromInline static let secret3: UInt64 = 0x4d5a_2da5_1de1_aa47

    /// The hash of all of `bytes`.
    @inlinable
    static func hash(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        var state = seed ^ mix(seed ^ secret0, secret1)
        let first: UInt64
        let second: UInt64
        if count <= 16 {
            (first, second) = ends(of: bytes)
        } else {
            var offset = 0
            if count >= 48 {
                var lane1 = state
                var lane2 = state
                repeat {
                    state = mix(word(bytes, offset) ^ secret1, word(bytes, offset &+ 8) ^ state)
                    lane1 = mix(word(bytes, offset &+ 16) ^ secret2, word(bytes, offset &+ 24) ^ lane1)
                    lane2 = mix(word(bytes, offset &+ 32) ^ secret3, word(bytes, offset &+ 40) ^ lane2)
                    offset &+= 48
                } while count &- offset >= 48
                state ^= lane1 ^ lane2
            }
            while count &- offset > 16 {
                state = mix(word(bytes, offset) ^ secret1, word(bytes, offset &+ 8) ^ state)
                offset &+= 16
            }
            first = word(bytes, count &- 16)
            second = word(bytes, count &- 8)
        }
        let product = (first ^ secret1).multipliedFullWidth(by: second ^ state)
        return mix(product.low ^ secret0 ^ UInt64(count), product.high ^ secret1)
    }

    /// The two words that at most sixteen bytes are folded into.
    @inlinable
    static func ends(of bytes: RawSpan) -> (UInt64, UInt64) {
        let count = bytes.byteCount
        if count >= 4 {
            let step = (count >> 3) << 2
            let first = half(bytes, 0) << 32 | half(bytes, step)
            let second = half(bytes, count &- 4) << 32 | half(bytes, count &- 4 &- step)
            return (first, second)
        }
        guard count > 0 else { return (0, 0) }
        let outer = UInt64(bytes.load(UInt8.self, at: 0)) << 16 | UInt64(bytes.load(UInt8.self, at: count &- 1))
        return (outer | UInt64(bytes.load(UInt8.self, at: count >> 1)) << 8, 0)
    }

    @inlinable
    static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let product = first.multipliedFullWidth(by: second)
        return product.low ^ product.high
    }

    @inlinable
    static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        bytes.loadLittleEndian(UInt64.self, at: offset)
    }

    @inlinable
    static func half(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(bytes.loadLittleEndian(UInt32.self, at: offset))
    }
}
