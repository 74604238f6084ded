/// Hexadecimal text, always in lower case.
enum Hex {
    private static let alphabet = Array("0123456789abcdef".utf8)

    /// Two digits for each of the last `bytes` bytes of `value`.
    static func digits(_ value: some FixedWidthInteger & UnsignedInteger, bytes: Int) -> [UInt8] {
        (0..<bytes * 2).reversed().map { alphabet[Int(truncatingIfNeeded: value >> ($0 * 4)) & 0xF] }
    }

    /// The digit of the last four bits of `value`.
    static func digit(_ value: UInt64) -> UInt8 { alphabet[Int(truncatingIfNeeded: value & 0xF)] }

    /// The value of a digit in lower case; nil for anything else.
    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// The last `bytes` bytes of `value`, with `separator` between bytes.
    static func text(_ value: some FixedWidthInteger & UnsignedInteger, bytes: Int, separator: String) -> String {
        let digits = digits(value, bytes: bytes)
        return (0..<bytes).map { String(decoding: digits[$0 * 2..<$0 * 2 + 2], as: UTF8.self) }.joined(separator: separator)
    }
}
