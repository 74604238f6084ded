/// A `bytea` (https://www.postgresql.org/docs/15/datatype-binary.html).
public struct Bytea: Hashable, Sendable {
    /// The bytes.
    public var bytes: [UInt8]

    /// Makes a value of `bytes`.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension Bytea: BinaryDecodable, BinaryEncodable {
    /// Reads a `bytea`: any bytes.
    public init(binary: RawSpan) throws(BinaryError) {
        bytes = binary.withUnsafeBytes { Array($0) }
    }

    /// Writes a `bytea`.
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(bytes.span.bytes) }
}

extension Bytea: CustomStringConvertible {
    /// As PostgreSQL prints it with `bytea_output` hex.
    public var description: String {
        "\\x" + String(decoding: bytes.flatMap { Hex.digits($0, bytes: 1) }, as: UTF8.self)
    }
}
