/// A `date`: a day of the proleptic Gregorian calendar from 4714-11-24 BC to 5874897-12-31, or an infinity
/// (https://www.postgresql.org/docs/15/datatype-datetime.html).
public struct CalendarDate: Hashable, Sendable, BitwiseCopyable {
    /// The days since 2000-01-01; for an infinity the greatest or least `Int32`.
    public let daysSince2000: Int32

    /// For days within `finiteDays` and the infinities.
    @inlinable
    init(days: Int32) {
        daysSince2000 = days
    }

    /// The days that PostgreSQL accepts, besides the infinities.
    @usableFromInline static let finiteDays: ClosedRange<Int32> = -2_451_545...2_145_031_948

    /// Later than every day.
    public static let infinity = CalendarDate(days: .max)
    /// Earlier than every day.
    public static let negativeInfinity = CalendarDate(days: .min)
    /// The first day there is, 4714-11-24 BC.
    public static let first = CalendarDate(days: finiteDays.lowerBound)
    /// The last day there is, 5874897-12-31.
    public static let last = CalendarDate(days: finiteDays.upperBound)

    /// The day that many days after 2000-01-01; nil outside the calendar.
    @inlinable
    public init?(daysSince2000 days: Int) {
        guard let days = Int32(exactly: days), Self.finiteDays.contains(days) else { return nil }
        self.init(days: days)
    }

    /// A day of the calendar; year 0 is 1 BC. Nil for a day that does not exist.
    public init?(year: Int, month: Int, day: Int) {
        guard (-4713...5_874_897).contains(year), (1...12).contains(month) else { return nil }
        guard day >= 1, day <= Calendar.daysInMonth(month, year: year) else { return nil }
        self.init(daysSince2000: Calendar.days(year: year, month: month, day: day))
    }

    /// Whether this is a day and not an infinity.
    @inlinable public var isFinite: Bool { daysSince2000 != .max && daysSince2000 != .min }

    /// The year, 0 being 1 BC; meaningless for an infinity, like `month` and `day`.
    public var year: Int { Calendar.civil(days: Int(daysSince2000)).year }
    /// The month, from 1.
    public var month: Int { Calendar.civil(days: Int(daysSince2000)).month }
    /// The day of the month, from 1.
    public var day: Int { Calendar.civil(days: Int(daysSince2000)).day }
}

extension CalendarDate: Strideable {
    /// The date `days` days later. An infinity stays what it is; past the calendar's end lies an infinity, where PostgreSQL reports
    /// an error.
    @inlinable
    public func advanced(by days: Int) -> CalendarDate {
        guard isFinite else { return self }
        let (sum, overflow) = Int(daysSince2000).addingReportingOverflow(days)
        if !overflow, let date = CalendarDate(daysSince2000: sum) { return date }
        return days < 0 ? .negativeInfinity : .infinity
    }

    /// The days from this date to another; of an infinity, that of its place at an end of `Int32`.
    @inlinable
    public func distance(to other: CalendarDate) -> Int {
        Int(other.daysSince2000) - Int(daysSince2000)
    }

    /// The date `days` days later, as `advanced(by:)`.
    @inlinable
    public static func + (date: CalendarDate, days: Int) -> CalendarDate { date.advanced(by: days) }

    /// The date `days` days earlier, as `advanced(by:)`.
    @inlinable
    public static func - (date: CalendarDate, days: Int) -> CalendarDate { date.advanced(by: 0 &- days) }

    /// The days from `right` to `left`.
    @inlinable
    public static func - (left: CalendarDate, right: CalendarDate) -> Int { right.distance(to: left) }

    /// The calendar's order.
    @inlinable
    public static func < (left: CalendarDate, right: CalendarDate) -> Bool { left.daysSince2000 < right.daysSince2000 }

    /// The same day or infinity.
    @inlinable
    public static func == (left: CalendarDate, right: CalendarDate) -> Bool { left.daysSince2000 == right.daysSince2000 }
}

extension CalendarDate: BinaryDecodable, BinaryEncodable {
    /// Reads a `date`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 4 else { throw .wrongLength(of: "date", binary.byteCount) }
        let days: Int32 = binary.load(at: 0)
        guard Self.finiteDays.contains(days) || days == .max || days == .min else { throw .outOfRange("date") }
        self.init(days: days)
    }

    /// Writes a `date`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(daysSince2000) }
}
