/// A `macaddr8`: eight bytes (https://www.postgresql.org/docs/15/datatype-net-types.html#DATATYPE-MACADDR8).
public struct MacAddr8: Hashable, Sendable, BitwiseCopyable {
    /// The bytes as one number, the first byte the most significant.
    public let value: UInt64

    /// Makes an address of its bytes.
    @inlinable
    public init(_ value: UInt64) {
        self.value = value
    }
}

extension MacAddr8: BinaryDecodable, BinaryEncodable {
    /// Reads a `macaddr8`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 8 else { throw .wrongLength(of: "macaddr8", binary.byteCount) }
        value = binary.load(at: 0)
    }

    /// Writes a `macaddr8`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(value) }
}

extension MacAddr8: CustomStringConvertible {
    /// As PostgreSQL prints it: lower case, with colons.
    public var description: String { Hex.text(value, bytes: 8, separator: ":") }
}
