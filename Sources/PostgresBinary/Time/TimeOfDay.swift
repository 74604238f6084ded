/// A `time` without time zone: microseconds since midnight, up to and with 24:00:00
/// (https://www.postgresql.org/docs/15/datatype-datetime.html).
public struct TimeOfDay: Hashable, Sendable, BitwiseCopyable {
    /// The microseconds since midnight, at most 86 400 000 000.
    public let microseconds: Int64

    /// The time that many microseconds after midnight; nil outside the day.
    @inlinable
    public init?(microseconds: Int64) {
        guard microseconds >= 0, microseconds <= 86_400_000_000 else { return nil }
        self.microseconds = microseconds
    }
}

extension TimeOfDay: Comparable {
    /// The order of time.
    @inlinable
    public static func < (left: TimeOfDay, right: TimeOfDay) -> Bool { left.microseconds < right.microseconds }
}

extension TimeOfDay: BinaryDecodable, BinaryEncodable {
    /// Reads a `time`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 8 else { throw .wrongLength(of: "time", binary.byteCount) }
        guard let time = TimeOfDay(microseconds: binary.load(at: 0)) else { throw .outOfRange("time") }
        self = time
    }

    /// Writes a `time`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(microseconds) }
}

extension TimeOfDay: CustomStringConvertible {
    /// As PostgreSQL prints it.
    public var description: String { ClockText.time(microseconds.magnitude) }
}
