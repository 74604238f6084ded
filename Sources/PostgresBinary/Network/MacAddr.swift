/// A `macaddr`: six bytes (https://www.postgresql.org/docs/15/datatype-net-types.html#DATATYPE-MACADDR).
public struct MacAddr: Hashable, Sendable, BitwiseCopyable {
    /// The bytes as one number, the first byte the most significant.
    public let value: UInt64

    /// Makes an address; nil for a number of more than 48 bits.
    @inlinable
    public init?(_ value: UInt64) {
        guard value >> 48 == 0 else { return nil }
        self.value = value
    }
}

extension MacAddr: BinaryDecodable, BinaryEncodable {
    /// Reads a `macaddr`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 6 else { throw .wrongLength(of: "macaddr", binary.byteCount) }
        value = UInt64(binary.load(UInt32.self, at: 0)) << 16 | UInt64(binary.load(UInt16.self, at: 4))
    }

    /// Writes a `macaddr`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) {
        writer.append(UInt32(truncatingIfNeeded: value >> 16))
        writer.append(UInt16(truncatingIfNeeded: value))
    }
}

extension MacAddr: CustomStringConvertible {
    /// As PostgreSQL prints it: lower case, with colons.
    public var description: String { Hex.text(value, bytes: 6, separator: ":") }
}
