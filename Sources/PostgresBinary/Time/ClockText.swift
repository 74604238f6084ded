/// The pieces of which PostgreSQL's texts of dates and times are made, with DateStyle ISO.
enum ClockText {
    static let microsecondsPerSecond: Int64 = 1_000_000
    static let microsecondsPerDay: Int64 = 86_400_000_000

    /// A number in at least `width` digits.
    static func padded(_ value: some BinaryInteger, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// `hh:mm:ss`, and a point and up to six digits unless they are all zero, of a span of time that is not negative.
    static func time(_ microseconds: UInt64) -> String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let text = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        guard fraction > 0 else { return text }
        var digits = padded(fraction, 6)
        while digits.last == "0" { digits.removeLast() }
        return text + "." + digits
    }

    /// `yyyy-mm-dd` of a day after 2000-01-01, the year of the era, and whether the era is before Christ.
    static func date(days: Int) -> (text: String, isBC: Bool) {
        let (year, month, day) = Calendar.civil(days: days)
        let isBC = year <= 0
        return ("\(padded(isBC ? 1 - year : year, 4))-\(padded(month, 2))-\(padded(day, 2))", isBC)
    }

    /// A sign, hours, and minutes and seconds unless they are zero, of seconds east of Greenwich.
    static func zone(secondsEast: Int) -> String {
        let (minutes, seconds) = secondsEast.magnitude.quotientAndRemainder(dividingBy: 60)
        var text = (secondsEast < 0 ? "-" : "+") + padded(minutes / 60, 2)
        if minutes % 60 > 0 || seconds > 0 { text += ":" + padded(minutes % 60, 2) }
        if seconds > 0 { text += ":" + padded(seconds, 2) }
        return text
    }

    /// A point in time, microseconds after 2000-01-01, with what follows the time of day.
    static func timestamp(_ microseconds: Int64, zone: String) -> String {
        switch microseconds {
        case .max: return "infinity"
        case .min: return "-infinity"
        default: break
        }
        let days = Calendar.floorDivide(Int(microseconds), Int(microsecondsPerDay))
        let (date, isBC) = date(days: days)
        let timeOfDay = UInt64(truncatingIfNeeded: microseconds - Int64(days) * microsecondsPerDay)
        return "\(date) \(time(timeOfDay))\(zone)\(isBC ? " BC" : "")"
    }
}
