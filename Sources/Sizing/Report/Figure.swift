/// Numbers as people read them; any Double may come.
enum Figure {
    /// Of time.
    typealias Unit = (seconds: Double, name: String)

    /// With so many digits after the point, and commas between thousands.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "–" }
        guard abs(value) < 1e12 else { return value < 0 ? "< -10^12" : "> 10^12" }
        // 10^12 times 10^6 is still an Int.
        let digits = min(max(digits, 0), abs(value) < 1000 ? 12 : 6)
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let units = Int((abs(value) * Double(scale)).rounded())
        let fraction = digits > 0 ? "." + String(repeating: "0", count: digits - String(units % scale).count) + String(units % scale) : ""
        return (value < 0 && units > 0 ? "-" : "") + thousands(units / scale) + fraction
    }

    /// Three digits of it: 0.00213, 21.3, 2,130.
    static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "–" }
        var digits = 2
        var size = abs(value)
        while size >= 10, digits > 0 { (size, digits) = (size / 10, digits - 1) }
        while size < 1, digits < 9 { (size, digits) = (size * 10, digits + 1) }
        return fixed(value, digits)
    }

    static func count(_ value: Double) -> String { fixed(value, 0) }

    /// $7,600, or $64.25 below a hundred.
    static func dollars(_ value: Double) -> String { (value < 0 ? "-$" : "$") + fixed(abs(value), abs(value) < 100 && value != 0 ? 2 : 0) }

    static func percent(_ share: Double) -> String {
        let percent = share * 100
        return fixed(percent, abs(percent) < 9.95 && percent != 0 ? 1 : 0) + " %"
    }

    /// 0.42 s, 4.2 s, 3 min 20 s, 2 h 05 min
    static func seconds(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        if value < 59.95 { return fixed(value, value < 1 ? 2 : 1) + " s" }
        guard value < 1e9 else { return "decades" }
        let whole = Int(value.rounded())
        return whole < 3600
            ? "\(whole / 60) min \(whole % 60) s" : "\(thousands(whole / 3600)) h \(whole / 60 % 60 < 10 ? "0" : "")\(whole / 60 % 60) min"
    }

    /// In one unit, for columns: 4.2 s, 5.2 min, 2.1 h.
    static func duration(_ seconds: Double) -> String {
        let unit = unit(seconds)
        return fixed(seconds / unit.seconds, 1) + " " + unit.name
    }

    /// From low to high in the unit of the value, which is not said: 4.9–5.4.
    static func interval(_ prediction: Prediction) -> String {
        guard let low = prediction.low, let high = prediction.high else { return "unknown" }
        let unit = unit(prediction.value)
        return fixed(low / unit.seconds, 1) + "–" + fixed(high / unit.seconds, 1)
    }

    /// At the mark of a scale: as short as it can be.
    static func mark(_ value: Double) -> String {
        let text = value >= 10_000 ? short(value / 1000) : short(value)
        guard text.contains(".") else { return text + (value >= 10_000 ? " k" : "") }
        let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed()
        return String(trimmed) + (value >= 10_000 ? " k" : "")
    }

    /// At the mark of a scale that is in that unit.
    static func mark(_ seconds: Double, in unit: Unit) -> String { seconds == 0 ? "0" : mark(seconds / unit.seconds) + " " + unit.name }

    static func unit(_ seconds: Double) -> Unit {
        seconds < 60 ? (1, "s") : seconds < 5400 ? (60, "min") : (3600, "h")
    }

    private static func thousands(_ value: Int) -> String {
        let digits = Array(String(value))
        return digits.enumerated().reduce(into: "") { text, next in
            if next.offset > 0, (digits.count - next.offset).isMultiple(of: 3) { text.append(",") }
            text.append(next.element)
        }
    }
}
