/// Hexadecimal text, always in lower case.
enum Hex {
    private static let alphabet = Array("0123456789abcdef".utf8)

    /// Two digits for each of the last `bytes` bytes of `value`.
    static func digits(_ value: some FixedWidthInteger & UnsignedInteger, bytes: Int) -> [UInt8] {
        (0..<bytes * 2).reversed().map { alphabet[Int(truncatingIfNeeded: value >> ($0 * 4)) & 0xF] }
    }

    /// The last `bytes` bytes of `value`, with `separator` between bytes.
    static func text(_ value: some FixedWidthInteger & UnsignedInteger, bytes: Int, separator: String) -> String {
        let digits = digits(value, bytes: bytes)
        return (0..<bytes).map { String(decoding: digits[$0 * 2..<$0 * 2 + 2], as: UTF8.self) }.joined(separator: separator)
    }
}
