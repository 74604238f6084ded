extension Bool: BinaryDecodable, BinaryEncodable {
    /// Reads a `bool`: one byte, 0 or 1.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 1 else { throw .wrongLength(of: "bool", binary.byteCount) }
        let byte = binary.load(UInt8.self, at: 0)
        guard byte <= 1 else { throw .malformed("bool", "a byte other than 0 and 1") }
        self = byte == 1
    }

    /// Writes a `bool`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(UInt8(self ? 1 : 0)) }
}
