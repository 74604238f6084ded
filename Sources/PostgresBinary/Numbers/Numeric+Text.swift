extension Numeric: LosslessStringConvertible {
    /// As PostgreSQL prints it: no exponent, as many digits after the decimal point as the display scale.
    public var description: String {
        switch kind {
        case .nan: return "NaN"
        case .infinity: return "Infinity"
        case .negativeInfinity: return "-Infinity"
        case .positive, .negative: break
        }
        let digits = groupArray
        let weight = count == 0 ? -1 : Int(weight)
        func group(at position: Int) -> UInt16 {
            let index = weight - position
            return digits.indices.contains(index) ? digits[index] : 0
        }
        var text: [UInt8] = kind == .negative ? [UInt8(ascii: "-")] : []
        if weight < 0 {
            text.append(UInt8(ascii: "0"))
        } else {
            text += String(group(at: weight)).utf8
            for position in (0..<weight).reversed() { Self.append(group(at: position), to: &text) }
        }
        if scale > 0 {
            text.append(UInt8(ascii: "."))
            let end = text.count + Int(scale)
            var position = -1
            while text.count < end {
                Self.append(group(at: position), to: &text)
                position -= 1
            }
            text.removeLast(text.count - end)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what PostgreSQL's input function reads; nil for anything else and for what it reports as out of range.
    public init?(_ description: String) {
        var literal = NumericLiteral(description)
        guard let value = literal.parse() else { return nil }
        self = value
    }

    /// Appends all four digits of a group.
    private static func append(_ group: UInt16, to text: inout [UInt8]) {
        var unit: UInt16 = 1000
        while unit > 0 {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: group / unit % 10))
            unit /= 10
        }
    }
}
