extension CalendarDate: LosslessStringConvertible {
    /// As PostgreSQL prints it with DateStyle ISO: `2024-02-29`, `0044-03-15 BC`, `infinity`.
    public var description: String {
        switch self {
        case .infinity: return "infinity"
        case .negativeInfinity: return "-infinity"
        default:
            let (text, isBC) = ClockText.date(days: Int(daysSince2000))
            return isBC ? text + " BC" : text
        }
    }

    /// Reads only the form that `description` has; nil for anything else and for days that do not exist.
    public init?(_ description: String) {
        switch description {
        case "infinity": self = .infinity
        case "-infinity": self = .negativeInfinity
        default:
            let isBC = description.hasSuffix(" BC")
            let parts = (isBC ? description.dropLast(3) : description[...]).utf8
                .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1].count == 2, parts[2].count == 2,
                parts[0].count >= 4, parts[0].count == 4 || parts[0].first != UInt8(ascii: "0"),
                let year = Self.number(parts[0]), let month = Self.number(parts[1]), let day = Self.number(parts[2]), year >= 1
            else { return nil }
            self.init(year: isBC ? 1 - year : year, month: month, day: day)
        }
    }

    /// Up to seven decimal digits and nothing else.
    private static func number(_ digits: Substring.UTF8View) -> Int? {
        guard digits.count <= 7 else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
