extension RawSpan {
    /// The integer in network order at `offset`; the span's own bounds check stands.
    @inlinable
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self, at offset: Int) -> T {
        T(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// The integer in little-endian order at `offset`; the span's own bounds check stands.
    @inlinable
    func loadLittleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self, at offset: Int) -> T {
        T(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// The bytes from `start` to the end.
    @inlinable
    @_lifetime(copy self)
    func suffix(from start: Int) -> RawSpan {
        extracting(start..<byteCount)
    }
}
