/// An exact `numeric` (https://www.postgresql.org/docs/15/datatype-numeric.html): up to 131072 digits before the decimal point and 16383
/// after it, NaN, and both infinities.
///
/// Kept as PostgreSQL keeps it: groups of four decimal digits, the value of the first being 10000^weight, and a display scale. Always
/// canonical: neither the first nor the last group is zero, and zero has no group, weight 0 and no sign. Up to four groups lie in the
/// value itself; more are allocated.
public struct Numeric: Sendable {
    /// The sign of a finite value, or which special value it is; the raw values are those of the binary form.
    @usableFromInline
    enum Kind: UInt16, Sendable {
        case positive = 0x0000
        case negative = 0x4000
        case nan = 0xC000
        case infinity = 0xD000
        case negativeInfinity = 0xF000
    }

    /// The groups, first one first.
    @usableFromInline
    enum Groups: Sendable {
        /// Up to four groups from the most significant 16 bits on; the bits behind them are 0.
        case packed(UInt64)
        /// Five groups or more.
        case array([UInt16])
    }

    @usableFromInline var kind: Kind
    @usableFromInline var weight: Int16
    @usableFromInline var scale: UInt16
    @usableFromInline var count: UInt16
    @usableFromInline var groups: Groups

    /// For parts that are canonical.
    @inlinable
    init(kind: Kind, weight: Int16, scale: UInt16, count: UInt16, groups: Groups) {
        self.kind = kind
        self.weight = weight
        self.scale = scale
        self.count = count
        self.groups = groups
    }

    /// Makes the canonical value of groups that may begin or end with zeros.
    ///
    /// - Throws: ``BinaryError`` of code `valueOutOfRange` beyond what PostgreSQL can hold.
    @usableFromInline
    init(negative: Bool, weight: Int, scale: Int, groups: ArraySlice<UInt16>) throws(BinaryError) {
        let significant = groups.drop { $0 == 0 }
        let weight = weight - (significant.startIndex - groups.startIndex)
        let end = (significant.lastIndex { $0 != 0 } ?? significant.startIndex - 1) + 1
        let digits = significant[..<end]
        guard let scale = UInt16(exactly: scale), scale <= Self.maximumScale else { throw .outOfRange("numeric") }
        guard !digits.isEmpty else {
            self = Self.zero(scale: scale)
            return
        }
        guard let weight = Int16(exactly: weight), let count = UInt16(exactly: digits.count) else { throw .outOfRange("numeric") }
        var groups = Groups.array([])
        if count <= 4 {
            groups = .packed(digits.reduce(0) { $0 << 16 | UInt64($1) } << (16 * (4 - UInt64(count))))
        } else {
            groups = .array(Array(digits))
        }
        self.init(kind: negative ? .negative : .positive, weight: weight, scale: scale, count: count, groups: groups)
    }

    /// The most digits after the decimal point that PostgreSQL prints or keeps.
    @usableFromInline static let maximumScale: UInt16 = 0x3FFF

    /// Not a number; equal to itself and greater than everything else, as in PostgreSQL.
    public static let nan = Numeric(kind: .nan, weight: 0, scale: 0, count: 0, groups: .packed(0))
    /// Greater than every finite value.
    public static let infinity = Numeric(kind: .infinity, weight: 0, scale: 0, count: 0, groups: .packed(0))
    /// Less than every finite value.
    public static let negativeInfinity = Numeric(kind: .negativeInfinity, weight: 0, scale: 0, count: 0, groups: .packed(0))
    /// Zero without digits after the decimal point.
    public static let zero = zero(scale: 0)

    @inlinable
    static func zero(scale: UInt16) -> Numeric {
        Numeric(kind: .positive, weight: 0, scale: scale, count: 0, groups: .packed(0))
    }

    /// The digits after the decimal point that PostgreSQL prints; 0 for special values.
    @inlinable public var displayScale: Int { Int(scale) }

    /// Whether the value is neither NaN nor an infinity.
    @inlinable public var isFinite: Bool { kind == .positive || kind == .negative }

    /// The groups as an array, whichever way they are kept.
    @usableFromInline var groupArray: [UInt16] {
        switch groups {
        case .array(let array): array
        case .packed(let word): (0..<Int(count)).map { UInt16(truncatingIfNeeded: word >> (48 - 16 * $0)) }
        }
    }
}

extension Numeric: ExpressibleByIntegerLiteral {
    /// The value of an integer, of scale 0.
    public init(_ value: Int64) {
        self.init(integerLiteral: value)
    }

    /// The value of an integer, of scale 0.
    public init(integerLiteral value: Int64) {
        var rest = value.magnitude
        var digits: [UInt16] = []
        while rest > 0 {
            digits.insert(UInt16(rest % 10000), at: 0)
            rest /= 10000
        }
        let weight = digits.count - 1
        self = (try? Numeric(negative: value < 0, weight: weight, scale: 0, groups: digits[...])) ?? .zero
    }
}
