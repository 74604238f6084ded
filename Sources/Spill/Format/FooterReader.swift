/// Reads the JSON that ``FooterWriter`` writes, and nothing more general: a byte out of place is a refusal, so that there is
/// exactly one text for every footer.
struct FooterReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func open(_ key: String) -> Bool { take("\n{\"\(key)\":") }
    mutating func key(_ key: String) -> Bool { take(",\"\(key)\":") }
    mutating func isTrue() -> Bool { take("true") }
    mutating func close() -> Bool { take("}\n") && position == bytes.count }

    /// A whole number from 0 up; nil when it does not fit.
    mutating func integer() -> Int? {
        let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        position += digits.count
        return Int(String(decoding: digits, as: UTF8.self))
    }

    mutating func texts() -> [String]? {
        guard take("[") else { return nil }
        if take("]") { return [] }
        var values: [String] = []
        repeat {
            guard let value = text() else { return nil }
            values.append(value)
        } while take(",")
        return take("]") ? values : nil
    }

    mutating func text() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\""):
                return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                text.append(escaped)
            case 0..<0x20:
                return nil
            default:
                text.append(byte)
            }
        }
        return nil
    }

    /// What stands behind a backslash: a quote, a backslash, or the four digits of a control.
    private mutating func escape() -> UInt8? {
        switch next() {
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "u"):
            guard take("00"), let high = next(), let low = next() else { return nil }
            return UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16).flatMap { $0 < 0x20 ? $0 : nil }
        default: return nil
        }
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }
}
