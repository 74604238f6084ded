/// The header of a COPY BINARY stream: signature, flags, length of the extension area.
@usableFromInline
enum CopyBinaryHeader {
    /// The first eleven bytes of every stream.
    static let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
    /// Signature, `UInt32` flags and `Int32` length.
    @usableFromInline static let fixedSize = 19

    /// Checks as much of a header as there is.
    ///
    /// - Returns: The size of the extension area, once `bytes` hold the whole fixed part.
    /// - Throws: ``BinaryError`` as soon as the bytes cannot become a header.
    static func check(_ bytes: RawSpan) throws(BinaryError) -> Int? {
        for index in 0..<min(bytes.byteCount, signature.count) where bytes.load(UInt8.self, at: index) != signature[index] {
            throw BinaryError(.notCopyBinary, "stream without the signature of copy binary")
        }
        guard bytes.byteCount >= fixedSize else { return nil }
        // Bits 0 to 15 may be ignored by who does not know them; bit 16 meant OIDs up to PostgreSQL 11, the rest is reserved.
        guard bytes.load(UInt32.self, at: signature.count) >> 16 == 0 else {
            throw BinaryError(.unsupportedFlags, "header with critical flags that are not known")
        }
        let extensionSize = Int(bytes.load(Int32.self, at: signature.count + 4))
        guard extensionSize >= 0 else { throw BinaryError(.malformedHeader, "header with an extension area of negative size") }
        return extensionSize
    }
}
