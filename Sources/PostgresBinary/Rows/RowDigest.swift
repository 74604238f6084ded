/// A digest of a multiset of encoded rows: their number, and two sums modulo 2^64 of a hash of each tuple's bytes under two seeds.
///
/// The order of rows does not matter, and parts may be digested apart and merged. Two different multisets of the same size have the
/// same digest with a probability of about 2^-128, against chance, not against an adversary.
public struct RowDigest: Equatable, Hashable, Sendable {
    /// The number of rows.
    @inlinable public var rows: Int { count }

    @usableFromInline var count = 0
    @usableFromInline var high: UInt64 = 0
    @usableFromInline var low: UInt64 = 0

    /// The digest of no rows.
    public init() {}

    /// Adds one row, given as its whole encoded tuple. Returns one of its hashes, for ``BucketDigests``.
    @inlinable
    @discardableResult
    public mutating func add(_ tuple: RawSpan) -> UInt64 {
        let hash = WyHash.hash(tuple, seed: 0)
        count &+= 1
        high &+= WyHash.hash(tuple, seed: 1)
        low &+= hash
        return hash
    }

    /// Adds all rows of another digest.
    public mutating func merge(_ other: RowDigest) {
        count &+= other.count
        high &+= other.high
        low &+= other.low
    }
}

extension RowDigest: CustomStringConvertible {
    /// The sums as 32 lower-case hexadecimal digits; the number of rows is not part of it.
    public var description: String {
        Self.hex(high) + Self.hex(low)
    }

    /// The digest of `rows` rows whose `description` was `hex`; nil for anything but 32 hexadecimal digits.
    public init?(hex: String, rows: Int) {
        let digits = Array(hex.utf8)
        guard rows >= 0, digits.count == 32, digits.allSatisfy(Self.isHexDigit),
            let high = UInt64(hex.prefix(16), radix: 16),
            let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        count = rows
        self.high = high
        self.low = low
    }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }
}
