extension Float: BinaryDecodable, BinaryEncodable {
    /// Reads a `float4`, bit for bit; the payload of a NaN is kept.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 4 else { throw .wrongLength(of: "float4", binary.byteCount) }
        self.init(bitPattern: binary.load(at: 0))
    }

    /// Writes a `float4`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(bitPattern) }
}

extension Double: BinaryDecodable, BinaryEncodable {
    /// Reads a `float8`, bit for bit; the payload of a NaN is kept.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 8 else { throw .wrongLength(of: "float8", binary.byteCount) }
        self.init(bitPattern: binary.load(at: 0))
    }

    /// Writes a `float8`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(bitPattern) }
}
