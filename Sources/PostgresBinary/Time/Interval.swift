/// An `interval`: months, days and microseconds, which PostgreSQL keeps apart
/// (https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-INPUT).
public struct Interval: Hashable, Sendable, BitwiseCopyable {
    /// The months.
    public var months: Int32
    /// The days.
    public var days: Int32
    /// The microseconds.
    public var microseconds: Int64

    /// Makes an interval of its three parts. Equality is that of the parts: 24 hours are not one day here.
    @inlinable
    public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }
}

extension Interval: BinaryDecodable, BinaryEncodable {
    /// Reads an `interval`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 16 else { throw .wrongLength(of: "interval", binary.byteCount) }
        self.init(months: binary.load(at: 12), days: binary.load(at: 8), microseconds: binary.load(at: 0))
    }

    /// Writes an `interval`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) {
        writer.append(microseconds)
        writer.append(days)
        writer.append(months)
    }
}

extension Interval: CustomStringConvertible {
    /// As PostgreSQL prints it with `intervalstyle` postgres: `1 year 2 mons -3 days +04:05:06`.
    public var description: String {
        var parts: [String] = []
        // A part after a negative one shows its plus sign.
        var followsNegative = false
        for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] where value != 0 {
            parts.append("\(followsNegative && value > 0 ? "+" : "")\(value) \(unit)\(value == 1 ? "" : "s")")
            followsNegative = value < 0
        }
        if microseconds != 0 || parts.isEmpty {
            let sign = microseconds < 0 ? "-" : followsNegative ? "+" : ""
            parts.append(sign + ClockText.time(microseconds.magnitude))
        }
        return parts.joined(separator: " ")
    }
}
