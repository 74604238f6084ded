/// A `uuid`: sixteen bytes (https://www.postgresql.org/docs/15/datatype-uuid.html).
public struct PostgresUUID: Hashable, Sendable, BitwiseCopyable {
    /// The bytes as one number, the first byte the most significant.
    public let value: UInt128

    /// Makes the UUID whose bytes, the most significant first, are `value`.
    @inlinable
    public init(_ value: UInt128) {
        self.value = value
    }
}

extension PostgresUUID: Comparable {
    /// PostgreSQL's order: byte by byte.
    @inlinable
    public static func < (left: PostgresUUID, right: PostgresUUID) -> Bool { left.value < right.value }
}

extension PostgresUUID: BinaryDecodable, BinaryEncodable {
    /// Reads a `uuid`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 16 else { throw .wrongLength(of: "uuid", binary.byteCount) }
        self.init(binary.load(at: 0))
    }

    /// Writes a `uuid`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(value) }
}

extension PostgresUUID: LosslessStringConvertible {
    /// As PostgreSQL prints it: lower case, in groups of 8, 4, 4, 4 and 12 digits.
    public var description: String {
        let digits = Hex.digits(value, bytes: 16)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }.joined(separator: "-")
    }

    /// Reads the form that `description` has, in either case; nil for anything else.
    public init?(_ description: String) {
        let groups = description.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = groups.joined()
        guard digits.utf8.first != UInt8(ascii: "+"), let value = UInt128(digits, radix: 16) else { return nil }
        self.init(value)
    }
}
