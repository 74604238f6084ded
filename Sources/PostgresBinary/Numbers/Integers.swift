extension Int16: BinaryDecodable, BinaryEncodable {
    /// Reads an `int2`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 2 else { throw .wrongLength(of: "int2", binary.byteCount) }
        self = binary.load(at: 0)
    }

    /// Writes an `int2`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(self) }
}

extension Int32: BinaryDecodable, BinaryEncodable {
    /// Reads an `int4`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 4 else { throw .wrongLength(of: "int4", binary.byteCount) }
        self = binary.load(at: 0)
    }

    /// Writes an `int4`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(self) }
}

extension Int64: BinaryDecodable, BinaryEncodable {
    /// Reads an `int8`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 8 else { throw .wrongLength(of: "int8", binary.byteCount) }
        self = binary.load(at: 0)
    }

    /// Writes an `int8`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(self) }
}

extension UInt32: BinaryDecodable, BinaryEncodable {
    /// Reads an `oid`.
    @inlinable
    public init(binary: RawSpan) throws(BinaryError) {
        guard binary.byteCount == 4 else { throw .wrongLength(of: "oid", binary.byteCount) }
        self = binary.load(at: 0)
    }

    /// Writes an `oid`.
    @inlinable
    public func encode(to writer: inout CopyBinaryWriter) { writer.append(self) }
}
