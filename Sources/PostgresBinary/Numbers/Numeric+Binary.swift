extension Numeric: BinaryDecodable, BinaryEncodable {
    /// The size of the four `Int16`s before the groups: their number, the weight, the sign, the display scale.
    @usableFromInline static let headerSize = 8

    /// Reads a `numeric` as `numeric_send` writes it.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        let size = binary.byteCount
        guard size >= Self.headerSize else { throw .wrongLength(of: "numeric", size) }
        let header: UInt64 = binary.load(at: 0)
        let count = UInt16(truncatingIfNeeded: header >> 48)
        let weight = Int16(truncatingIfNeeded: header >> 32)
        let scale = UInt16(truncatingIfNeeded: header)
        guard size == Self.headerSize &+ 2 &* Int(count) else { throw .wrongLength(of: "numeric", size) }
        guard let kind = Kind(rawValue: UInt16(truncatingIfNeeded: header >> 16)) else { throw .malformed("numeric", "an unknown sign") }
        guard count > 0, count <= 4, kind == .positive || kind == .negative else {
            try self.init(kind: kind, weight: weight, scale: scale, unpackable: binary)
            return
        }
        // The last eight bytes are the groups, behind what remains of the header when they are fewer than four.
        let word = binary.load(UInt64.self, at: size &- 8) &<< (UInt64(4 &- count) &* 16)
        let last = UInt16(truncatingIfNeeded: word >> (UInt64(4 &- count) &* 16))
        guard Self.areGroups(word), word >> 48 != 0, last != 0 else { throw .malformed("numeric", "groups that are not canonical") }
        try Self.check(scale: scale, weight: weight, count: count, last: last)
        self.init(kind: kind, weight: weight, scale: scale, count: count, groups: .packed(word))
    }

    /// Reads what is not up to four groups: zero, a special value, or more groups.
    @usableFromInline
    init(kind: Kind, weight: Int16, scale: UInt16, unpackable binary: RawSpan) throws(BinaryError) {
        let count = UInt16((binary.byteCount - Self.headerSize) / 2)
        let scaleOfSpecial: UInt16
        switch kind {
        case .nan: (self, scaleOfSpecial) = (.nan, 0)
        case .infinity: (self, scaleOfSpecial) = (.infinity, Self.scaleOfInfinity)
        case .negativeInfinity: (self, scaleOfSpecial) = (.negativeInfinity, Self.scaleOfInfinity)
        case .positive, .negative:
            guard scale <= Self.maximumScale else { throw .outOfRange("numeric") }
            guard count > 0 else {
                self = .zero(scale: scale)
                return
            }
            try Self.checkGroups(of: binary, scale: scale, weight: weight)
            let array = (0..<Int(count)).map { binary.load(UInt16.self, at: Self.headerSize + 2 * $0) }
            self.init(kind: kind, weight: weight, scale: scale, count: count, groups: .array(array))
            return
        }
        guard count == 0, weight == 0, scale == scaleOfSpecial else {
            throw .malformed("numeric", "digits, a weight or a scale of a special value")
        }
    }

    /// PostgreSQL sends the infinities with a scale of 32: a bit of their sign lies where a short header keeps the scale.
    @usableFromInline static var scaleOfInfinity: UInt16 { 32 }

    /// Checks groups in place.
    static func checkGroups(of binary: RawSpan, scale: UInt16, weight: Int16) throws(BinaryError) {
        let last: UInt16 = binary.load(at: binary.byteCount - 2)
        var areGroups = binary.load(UInt16.self, at: headerSize) != 0 && last != 0
        for offset in stride(from: headerSize, to: binary.byteCount, by: 2) where binary.load(UInt16.self, at: offset) >= 10000 {
            areGroups = false
        }
        guard areGroups else { throw .malformed("numeric", "groups that are not canonical") }
        try check(scale: scale, weight: weight, count: UInt16((binary.byteCount - headerSize) / 2), last: last)
    }

    /// Whether each of the four 16-bit lanes is below 10000.
    @inlinable
    static func areGroups(_ word: UInt64) -> Bool {
        let high: UInt64 = 0x8000_8000_8000_8000
        // 0x8000 - 10000 in each lane carries into the lane's highest bit from 10000 on.
        return (((word & ~high) &+ 0x58F0_58F0_58F0_58F0) | word) & high == 0
    }

    /// Checks that the scale is possible and hides no digit of the last group.
    @inlinable
    static func check(scale: UInt16, weight: Int16, count: UInt16, last: UInt16) throws(BinaryError) {
        guard scale <= maximumScale else { throw .outOfRange("numeric") }
        let hidden = 4 &* (Int(count) &- 1 &- Int(weight)) &- Int(scale)
        guard hidden > 0 else { return }
        let unit: UInt16 = hidden == 1 ? 10 : hidden == 2 ? 100 : 1000
        guard hidden < 4, last % unit == 0 else { throw .malformed("numeric", "digits beyond its scale") }
    }

    /// Writes a `numeric`, bit for bit as PostgreSQL sends it.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) {
        let scale = kind == .infinity || kind == .negativeInfinity ? Self.scaleOfInfinity : scale
        writer.append(
            UInt64(count) << 48 | UInt64(UInt16(bitPattern: weight)) << 32 | UInt64(kind.rawValue) << 16 | UInt64(scale))
        switch groups {
        case .packed(let word): writer.block.append(first: 2 &* Int(count), of: word)
        case .array(let array): for group in array { writer.append(group) }
        }
    }

    /// Checks a field's bytes without allocating.
    static func validate(_ binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount > headerSize + 8 else {
            _ = try Numeric(binary: binary)
            return
        }
        let header: UInt64 = binary.load(at: 0)
        let sign = UInt16(truncatingIfNeeded: header >> 16)
        guard binary.byteCount == headerSize + 2 * Int(header >> 48) else { throw .wrongLength(of: "numeric", binary.byteCount) }
        guard sign == Kind.positive.rawValue || sign == Kind.negative.rawValue else {
            throw .malformed("numeric", "an unknown sign or digits of a special value")
        }
        try checkGroups(of: binary, scale: UInt16(truncatingIfNeeded: header), weight: Int16(truncatingIfNeeded: header >> 32))
    }
}
