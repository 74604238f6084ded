/// The text of a `numeric`, as PostgreSQL's `numeric_in` reads it: blanks around it, a sign, digits with a decimal point anywhere among
/// them, an exponent; or `NaN`, `Infinity`, `inf` in any case.
struct NumericLiteral {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        rest = rest.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
    }

    mutating func parse() -> Numeric? {
        if let special { return special }
        let negative = take("-")
        if !negative { _ = take("+") }
        var digits = takeDigits()
        var pointPosition = digits.count
        if take(".") {
            digits += takeDigits()
        } else {
            pointPosition = digits.count
        }
        guard !digits.isEmpty else { return nil }
        var scale = digits.count - pointPosition
        if take("e") || take("E") {
            guard let exponent = takeExponent() else { return nil }
            pointPosition += exponent
            scale = max(0, scale - exponent)
        }
        guard rest.isEmpty else { return nil }
        return Self.value(negative: negative, digits: digits, pointPosition: pointPosition, scale: scale)
    }

    /// The value of decimal digits with the point before the one at `pointPosition`, which may lie outside them.
    private static func value(negative: Bool, digits: [UInt8], pointPosition: Int, scale: Int) -> Numeric? {
        let leading = digits.prefix { $0 == 0 }.count
        let first = pointPosition - leading
        // Beyond these PostgreSQL overflows or has nothing but hidden digits; the bound keeps the padding below small.
        guard leading < digits.count else { return try? Numeric(negative: false, weight: 0, scale: scale, groups: []) }
        guard first <= 131_072, scale <= Int(Numeric.maximumScale) else { return nil }
        let weight = (first + 3 + 4 * 0x10000) / 4 - 0x10000 - 1
        let padding = (weight + 1) * 4 - first
        var aligned = [UInt8](repeating: 0, count: padding) + digits[leading...]
        while aligned.count % 4 != 0 { aligned.append(0) }
        let groups = stride(from: 0, to: aligned.count, by: 4).map { start in
            aligned[start..<start + 4].reduce(UInt16(0)) { $0 * 10 + UInt16($1) }
        }
        return try? Numeric(negative: negative, weight: weight, scale: scale, groups: groups[...])
    }

    private var special: Numeric? {
        switch String(decoding: rest, as: UTF8.self).lowercased() {
        case "nan": .nan
        case "infinity", "+infinity", "inf", "+inf": .infinity
        case "-infinity", "-inf": .negativeInfinity
        default: nil
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func takeDigits() -> [UInt8] {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits.map { $0 - 0x30 }
    }

    /// An exponent whose magnitude is below 2^30, as PostgreSQL bounds it.
    private mutating func takeExponent() -> Int? {
        let negative = take("-")
        if !negative { _ = take("+") }
        let digits = takeDigits()
        guard !digits.isEmpty, let magnitude = Int(digits.map(String.init).joined()), magnitude < 1 << 30 else { return nil }
        return negative ? -magnitude : magnitude
    }
}
