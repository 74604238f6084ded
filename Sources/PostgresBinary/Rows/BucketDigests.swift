/// Digests of a day's rows by parts: rows fall into buckets by an integer key, and each bucket has the sum modulo 2^64 of a hash of its rows.
///
/// Eight keys that follow each other share a bucket: rows that come late have keys that follow each other, as a rule. The number of
/// buckets is a power of two, so that it can be halved, and digests of different numbers of buckets be compared. Changed rows leave
/// their bucket's sum as it was with a probability of about 2^-64, against chance, not against an adversary.
public struct BucketDigests: Equatable, Sendable {
    /// One a bucket.
    @usableFromInline private(set) var sums: [UInt64]

    /// The numbers of buckets that there can be: powers of two.
    public static let counts = 16...8192
    /// How many bits of a key do not say which bucket it falls into.
    static let keyShift = 3

    /// The digests of no rows, in as many buckets as there can be.
    public init() { sums = [UInt64](repeating: 0, count: Self.counts.upperBound) }

    /// The number of buckets.
    public var count: Int { sums.count }

    /// Adds one row by its key, given what ``RowDigest/add(_:)`` returned for it.
    public mutating func add(_ hash: UInt64, key: Int64) {
        sums[Self.bucket(of: key, count: sums.count)] &+= hash
    }

    /// Which of `count` buckets, a power of two, a key falls into.
    static func bucket(of key: Int64, count: Int) -> Int {
        Int(truncatingIfNeeded: key >> Int64(keyShift)) & (count &- 1)
    }

    /// The same digests in as many buckets as are worth it for a day of so many rows: about one for eight.
    public func folded(forRows rows: Int) -> BucketDigests {
        var count = Self.counts.lowerBound
        while count < sums.count, count < rows >> Self.keyShift { count *= 2 }
        return folded(to: count)
    }

    /// The same digests in `count` buckets, a power of two and not more than there are.
    private func folded(to count: Int) -> BucketDigests {
        var folded = self
        while folded.sums.count > count {
            let half = folded.sums.count / 2
            folded.sums = (0..<half).map { folded.sums[$0] &+ folded.sums[$0 + half] }
        }
        return folded
    }

    /// Whether these can be the digests of the rows that have this digest: the sum over all buckets is half of it.
    public func agree(with digest: RowDigest) -> Bool { sums.reduce(0, &+) == digest.low }

    /// The buckets whose rows differ; nil when there are none, or when they are more than `share` of the buckets that have rows in either.
    public func differing(from other: BucketDigests, atMost share: Double) -> BucketSelection? {
        let count = min(sums.count, other.sums.count)
        let (ours, theirs) = (folded(to: count).sums, other.folded(to: count).sums)
        let used = ours.indices.filter { ours[$0] != 0 || theirs[$0] != 0 }
        let differing = used.filter { ours[$0] != theirs[$0] }
        guard !differing.isEmpty, Double(differing.count) <= share * Double(used.count) else { return nil }
        return BucketSelection(differing, of: count)
    }
}

extension BucketDigests {
    /// The digests as hexadecimal digits, sixteen a bucket in order.
    public var hex: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(sums.count * 16)
        for sum in sums { for place in 0..<16 { digits.append(Hex.digit(sum >> UInt64(60 - place * 4))) } }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The digests whose `hex` it was; nil for anything but 16 hexadecimal digits for each of a number of buckets that there can be.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        let count = digits.count / 16
        guard digits.count % 16 == 0, Self.counts.contains(count), count & (count - 1) == 0 else { return nil }
        var sums: [UInt64] = []
        sums.reserveCapacity(count)
        for start in stride(from: 0, to: digits.count, by: 16) {
            var sum: UInt64 = 0
            for digit in digits[start..<start + 16] {
                guard let value = Hex.value(of: digit) else { return nil }
                sum = sum << 4 | UInt64(value)
            }
            sums.append(sum)
        }
        self.sums = sums
    }
}

extension BucketDigests {
    /// The integer in a field of an encoded tuple, by its place and whatever its width of 2, 4 or 8 bytes; nil when it is NULL, and
    /// when there is no such field.
    public static func key(of tuple: RawSpan, field: Int) -> Int64? {
        var offset = 2
        for _ in 0..<field {
            guard offset <= tuple.byteCount &- 4 else { return nil }
            offset &+= 4 &+ max(Int(tuple.load(Int32.self, at: offset)), 0)
        }
        guard offset <= tuple.byteCount &- 4 else { return nil }
        let length = Int(tuple.load(Int32.self, at: offset))
        offset &+= 4
        guard length <= tuple.byteCount &- offset else { return nil }
        switch length {
        case 2: return Int64(tuple.load(Int16.self, at: offset))
        case 4: return Int64(tuple.load(Int32.self, at: offset))
        case 8: return tuple.load(Int64.self, at: offset)
        default: return nil
        }
    }
}
