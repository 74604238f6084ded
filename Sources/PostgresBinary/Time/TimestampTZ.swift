/// A `timestamp with time zone`: a point in time, as microseconds since 2000-01-01 00:00:00 UTC, or an infinity. PostgreSQL keeps no
/// zone with it (https://www.postgresql.org/docs/15/datatype-datetime.html).
public struct TimestampTZ: Hashable, Sendable, BitwiseCopyable {
    /// The same point as a timestamp in UTC.
    public let utc: Timestamp

    /// The point at which it is `utc` in UTC.
    @inlinable
    public init(utc: Timestamp) {
        self.utc = utc
    }

    /// Later than every other.
    public static let infinity = TimestampTZ(utc: .infinity)
    /// Earlier than every other.
    public static let negativeInfinity = TimestampTZ(utc: .negativeInfinity)

    /// The microseconds since 2000-01-01 00:00:00 UTC; for an infinity the greatest or least `Int64`.
    @inlinable public var microsecondsSince2000: Int64 { utc.microsecondsSince2000 }

    /// Whether this is a point in time and not an infinity.
    @inlinable public var isFinite: Bool { utc.isFinite }
}

extension TimestampTZ: Comparable {
    /// The order of time.
    @inlinable
    public static func < (left: TimestampTZ, right: TimestampTZ) -> Bool { left.utc < right.utc }
}

extension TimestampTZ: BinaryDecodable, BinaryEncodable {
    /// Reads a `timestamptz`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        utc = try Timestamp(binary: binary)
    }

    /// Writes a `timestamptz`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { utc.encode(to: &writer) }
}

extension TimestampTZ: CustomStringConvertible {
    /// As PostgreSQL prints it with DateStyle ISO and TimeZone UTC.
    public var description: String { ClockText.timestamp(microsecondsSince2000, zone: "+00") }
}
