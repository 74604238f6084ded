public import PostgresBinary

/// Consecutive days and the instants at which they begin and end.
///
/// A day is [D 00:00, D+1 00:00) in a time zone: 23 or 25 hours where the clock changes, and none at all where the zone
/// left the day out, as Pacific/Apia did with 2011-12-30. The instants come from the warehouse, whose time zone
/// database decides.
public struct DayBounds: Equatable, Sendable {
    /// In ascending order without gaps; not empty.
    public let days: [CalendarDate]
    /// Microseconds since 2000-01-01 00:00 UTC; one more than there are days.
    public let instants: [Int64]

    /// Nil unless there is one instant more than days, days are consecutive and no instant is before the one before it.
    public init?(days: [CalendarDate], instants: [Int64]) {
        let ascending = zip(instants, instants.dropFirst()).allSatisfy { $0 <= $1 }
        let consecutive = zip(days, days.dropFirst()).allSatisfy { $0.daysSince2000 &+ 1 == $1.daysSince2000 }
        guard !days.isEmpty, instants.count == days.count + 1, ascending, consecutive else { return nil }
        self.days = days
        self.instants = instants
    }

    /// First day, included.
    public var first: CalendarDate { days[0] }
    /// The day after the last.
    public var end: CalendarDate { days[days.count - 1] + 1 }

    /// The first of some of the days, by their places, and the day after the last.
    func ends(of days: Range<Int>) -> (first: CalendarDate, end: CalendarDate) {
        (self.days[days.lowerBound], self.days[days.upperBound - 1] + 1)
    }

    /// Which day an instant falls on; nil outside all of them and for ±infinity.
    @inlinable
    public func index(of instant: TimestampTZ) -> Int? {
        let value = instant.microsecondsSince2000
        guard value >= instants[0], value < instants[days.count] else { return nil }
        // Right but where the clock changed or a day was left out, which moves it by a day or two.
        var index = min(Int((value - instants[0]) / 86_400_000_000), days.count - 1)
        while value < instants[index] { index -= 1 }
        while value >= instants[index + 1] { index += 1 }
        return index
    }

    /// Which day a local time falls on; nil outside all of them and for ±infinity.
    @inlinable
    public func index(of local: Timestamp) -> Int? {
        // Of a day before 2000, what a time is away from it can be more than 64 bits hold.
        let midnight = Int64(days[0].daysSince2000) * 86_400_000_000
        let end = midnight + Int64(days.count) * 86_400_000_000
        guard local.isFinite, (midnight..<end).contains(local.microsecondsSince2000) else { return nil }
        return Int((local.microsecondsSince2000 - midnight) / 86_400_000_000)
    }

    /// Which of the days it is.
    @inlinable
    public func index(of day: CalendarDate) -> Int? {
        let distance = Int64(day.daysSince2000) - Int64(days[0].daysSince2000)
        return (0..<Int64(days.count)).contains(distance) ? Int(distance) : nil
    }
}
