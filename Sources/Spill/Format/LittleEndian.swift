extension RawSpan {
    /// The integer in little-endian order at `offset`, which must lie in the span together with all of the integer's bytes.
    func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_ type: Integer.Type, at offset: Int) -> Integer {
        Integer(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension [UInt8] {
    /// Appends the integer in little-endian order.
    mutating func append<Integer: FixedWidthInteger>(littleEndian integer: Integer) {
        Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
    }
}
