/// A `timestamp` without time zone: microseconds since 2000-01-01, from 4714-11-24 BC to 294276 AD, or an infinity
/// (https://www.postgresql.org/docs/15/datatype-datetime.html).
public struct Timestamp: Hashable, Sendable, BitwiseCopyable {
    /// The microseconds since 2000-01-01 00:00:00; for an infinity the greatest or least `Int64`.
    public let microsecondsSince2000: Int64

    /// For microseconds within `finiteMicroseconds` and the infinities.
    @inlinable
    init(microseconds: Int64) {
        microsecondsSince2000 = microseconds
    }

    /// The microseconds that PostgreSQL accepts, besides the infinities.
    @usableFromInline static let finiteMicroseconds: Range<Int64> = -211_813_488_000_000_000..<9_223_371_331_200_000_000

    /// Later than every other.
    public static let infinity = Timestamp(microseconds: .max)
    /// Earlier than every other.
    public static let negativeInfinity = Timestamp(microseconds: .min)

    /// The point that many microseconds after 2000-01-01 00:00:00; nil outside PostgreSQL's range.
    @inlinable
    public init?(microsecondsSince2000 microseconds: Int64) {
        guard Self.finiteMicroseconds.contains(microseconds) else { return nil }
        self.init(microseconds: microseconds)
    }

    /// The beginning of a day; nil for a day after 294276 AD. The infinities correspond.
    @inlinable
    public init?(startOf date: CalendarDate) {
        switch date {
        case .infinity: self = .infinity
        case .negativeInfinity: self = .negativeInfinity
        default:
            let (microseconds, overflow) = Int64(date.daysSince2000).multipliedReportingOverflow(by: 86_400_000_000)
            guard !overflow else { return nil }
            self.init(microsecondsSince2000: microseconds)
        }
    }

    /// Whether this is a point in time and not an infinity.
    @inlinable public var isFinite: Bool { microsecondsSince2000 != .max && microsecondsSince2000 != .min }

    /// The day this lies in. The infinities correspond.
    @inlinable public var date: CalendarDate {
        switch microsecondsSince2000 {
        case .max: return .infinity
        case .min: return .negativeInfinity
        default:
            let (days, rest) = microsecondsSince2000.quotientAndRemainder(dividingBy: 86_400_000_000)
            return CalendarDate(days: Int32(truncatingIfNeeded: rest < 0 ? days &- 1 : days))
        }
    }
}

extension Timestamp: Comparable {
    /// The order of time.
    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microsecondsSince2000 < right.microsecondsSince2000 }
}

extension Timestamp: BinaryDecodable, BinaryEncodable {
    /// Reads a `timestamp`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 8 else { throw .wrongLength(of: "timestamp", binary.byteCount) }
        let value: Int64 = binary.load(at: 0)
        guard Self.finiteMicroseconds.contains(value) || value == .max || value == .min else { throw .outOfRange("timestamp") }
        self.init(microseconds: value)
    }

    /// Writes a `timestamp`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(microsecondsSince2000) }
}

extension Timestamp: CustomStringConvertible {
    /// As PostgreSQL prints it with DateStyle ISO.
    public var description: String { ClockText.timestamp(microsecondsSince2000, zone: "") }
}
