/// A `time with time zone`: a time of day and the zone it is in (https://www.postgresql.org/docs/15/datatype-datetime.html).
public struct TimeOfDayTZ: Hashable, Sendable, BitwiseCopyable {
    /// The time of day in its zone.
    public let time: TimeOfDay
    /// The zone in seconds west of Greenwich, which is the sign PostgreSQL keeps.
    public let secondsWest: Int32

    /// A time in the zone `secondsWest` seconds west of Greenwich; nil for a zone of 16 hours or more.
    @inlinable
    public init?(time: TimeOfDay, secondsWest: Int32) {
        guard secondsWest > -57_600, secondsWest < 57_600 else { return nil }
        self.time = time
        self.secondsWest = secondsWest
    }
}

extension TimeOfDayTZ: BinaryDecodable, BinaryEncodable {
    /// Reads a `timetz`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 12 else { throw .wrongLength(of: "timetz", binary.byteCount) }
        guard let time = TimeOfDay(microseconds: binary.load(at: 0)), let value = TimeOfDayTZ(time: time, secondsWest: binary.load(at: 8))
        else { throw .outOfRange("timetz") }
        self = value
    }

    /// Writes a `timetz`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) {
        time.encode(to: &writer)
        writer.append(secondsWest)
    }
}

extension TimeOfDayTZ: CustomStringConvertible {
    /// As PostgreSQL prints it.
    public var description: String { "\(time)\(ClockText.zone(secondsEast: -Int(secondsWest)))" }
}
