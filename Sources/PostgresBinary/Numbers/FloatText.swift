/// The text of floating-point numbers (https://www.postgresql.org/docs/15/datatype-numeric.html#DATATYPE-FLOAT).
enum FloatText {
    /// The value with an exponent where its decimal exponent is below -4 or at least `limit`, in plain notation otherwise.
    static func text<T: BinaryFloatingPoint & CustomStringConvertible>(of value: T, significantDigitsBeforeExponent limit: Int) -> String {
        if value.isNaN { return "NaN" }
        let sign = value.sign == .minus ? "-" : ""
        if value.isInfinite { return sign + "Infinity" }
        if value.isZero { return sign + "0" }
        let (digits, exponent) = strictDigits(of: value.magnitude)
        if exponent < -4 || exponent >= limit {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(ClockText.padded(exponent.magnitude, 2))"
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let padded = digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
        let fraction = padded.dropFirst(exponent + 1)
        return sign + padded.prefix(exponent + 1) + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// Swift's digits, unless they lie exactly between the value and its neighbour.
    ///
    /// Swift takes such digits where they read back as the even one of the two. PostgreSQL does not rely on how ties are read, and
    /// takes more digits.
    private static func strictDigits<T: BinaryFloatingPoint & CustomStringConvertible>(of value: T) -> (digits: String, exponent: Int) {
        let shortest = shortestDigits(of: value)
        // A tie has a power of five as a factor and is an integer, with one bit more than the significand.
        let zeros = shortest.exponent + 1 - shortest.digits.count
        let shift = Int(value.exponent) - T.significandBitCount
        guard zeros > 0, zeros <= 27, shift > 0, let number = UInt128(shortest.digits) else { return shortest }
        let significand = UInt128(value.significandBitPattern) | 1 << UInt128(T.significandBitCount)
        for removed in 0...zeros {
            // The digits and the value, both divided by the power of ten that the rest of the zeros is.
            let unit = zeros - removed
            guard shift >= unit, shift - unit + T.significandBitCount < 120 else { return shortest }
            let five = power(5, unit)
            let scaled = significand << UInt128(shift - unit)
            let rounded = removed == 0 ? number : (scaled + five / 2) / five
            // Half the distance to the neighbour is 2^(shift - 1); both sides are doubled to stay whole.
            let difference = rounded * five > scaled ? rounded * five - scaled : scaled - rounded * five
            guard difference * 2 < 1 << UInt128(shift - unit) else { continue }
            var digits = "\(rounded)"
            while digits.last == "0" { digits.removeLast() }
            return (digits, shortest.exponent + ("\(rounded)".count - (shortest.digits.count + removed)))
        }
        return shortest
    }

    /// The significant digits that Swift prints, without zeros at either end, and the decimal exponent of the first.
    private static func shortestDigits(of value: some BinaryFloatingPoint & CustomStringConvertible) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = mantissa[0]
        var digits = whole + (mantissa.count > 1 ? mantissa[1] : "")
        var exponent = whole.utf8.count - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.first == "0" {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), exponent)
    }

    private static func power(_ base: UInt128, _ exponent: Int) -> UInt128 {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }
}
