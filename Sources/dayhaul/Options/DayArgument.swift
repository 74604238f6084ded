import ArgumentParser
import Ingest
import PostgresBinary

/// Reads days of the command line: 2025-09-01, today, yesterday, or -7 for the day a week ago.
enum DayArgument {
    /// What is wrong with a text that is no day.
    struct Mistake: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// How days are written, for help and messages.
    static let forms = "2025-09-01, today, yesterday, or -7 for seven days ago"

    /// Throws `Mistake`.
    @Sendable static func parse(_ text: String) throws -> RequestedDay {
        switch text {
        case "today": return .daysAgo(0)
        case "yesterday": return .daysAgo(1)
        case "tomorrow": throw Mistake(description: "a day can be read once it has begun")
        default: break
        }
        if text.hasPrefix("-"), let days = Int(text.dropFirst()), days > 0 {
            guard days <= 3660 else { throw Mistake(description: "that is more than ten years ago: write the day as 2025-09-01") }
            return .daysAgo(days)
        }
        return .date(try date(text))
    }

    private static func date(_ text: String) throws -> CalendarDate {
        let parts = text.split(omittingEmptySubsequences: false) { "-/.".contains($0) }
        let numbers = parts.compactMap { $0.allSatisfy(\.isASCII) ? Int($0) : nil }
        guard parts.count == 3, numbers.count == 3, parts[0].count == 4, parts[1].count <= 2, parts[2].count <= 2 else {
            throw Mistake(description: "write a day as \(forms)")
        }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        guard (1...12).contains(month) else { throw Mistake(description: "there is no month \(month)") }
        guard let date = CalendarDate(year: year, month: month, day: day), year > 0 else {
            throw Mistake(
                description: lastDay(year, month).map { "\(names[month - 1]) \(year) has \($0) days" } ?? "there is no year \(year)")
        }
        guard text == date.description else {
            throw Mistake(description: "month and day have two digits, with - between: write \(date)")
        }
        return date
    }

    private static func lastDay(_ year: Int, _ month: Int) -> Int? {
        year > 0 ? (28...31).last { CalendarDate(year: year, month: month, day: $0) != nil } : nil
    }

    private static let names = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
}
