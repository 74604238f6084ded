public import PostgresBinary

/// A day as people ask for it: one of the calendar, or one counted back from today.
public enum RequestedDay: Sendable, Equatable, CustomStringConvertible {
    /// A day of the calendar.
    case date(CalendarDate)
    /// So many days before today; 0 is today. Which day that is depends on the report's time zone.
    case daysAgo(Int)

    /// The day of the calendar, where it is `today` in the report's time zone by the warehouse's clock.
    public func resolved(today: CalendarDate) -> CalendarDate {
        switch self {
        case .date(let date): date
        case .daysAgo(let days): today - days
        }
    }

    /// As it is typed.
    public var description: String {
        switch self {
        case .date(let date): date.description
        case .daysAgo(0): "today"
        case .daysAgo(1): "yesterday"
        case .daysAgo(let days): "-\(days)"
        }
    }
}
