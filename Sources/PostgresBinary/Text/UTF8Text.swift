/// What PostgreSQL accepts as text in a UTF8 database: strict UTF-8 without NUL
/// (https://www.postgresql.org/docs/15/multibyte.html, https://www.postgresql.org/docs/15/datatype-character.html).
public enum UTF8Text {
    /// Whether `bytes` are such text. Plain ASCII is looked at eight bytes a step.
    @inlinable
    public static func isValid(_ bytes: RawSpan) -> Bool {
        let end = bytes.byteCount
        var offset = 0
        while offset <= end &- 8 {
            guard isPlain(bytes.loadLittleEndian(UInt64.self, at: offset)) else { return isValidSlowly(bytes, from: offset) }
            offset &+= 8
        }
        guard offset < end else { return true }
        if end >= 8 {
            // The last eight bytes overlap those already seen.
            return isPlain(bytes.loadLittleEndian(UInt64.self, at: end &- 8)) || isValidSlowly(bytes, from: offset)
        }
        while offset < end {
            let byte = bytes.load(UInt8.self, at: offset)
            guard byte &- 1 < 0x7F else { return isValidSlowly(bytes, from: offset) }
            offset &+= 1
        }
        return true
    }

    /// - Throws: ``BinaryError`` of code `malformedValue` unless `bytes` are such text.
    @inlinable
    public static func validate(_ bytes: RawSpan) throws(BinaryError) {
        guard isValid(bytes) else { throw invalid() }
    }

    /// Whether all eight bytes are ASCII and none is NUL.
    @inlinable
    static func isPlain(_ word: UInt64) -> Bool {
        let high: UInt64 = 0x8080_8080_8080_8080
        let zeros = (word &- 0x0101_0101_0101_0101) & ~word
        return (word | zeros) & high == 0
    }

    /// From a byte on that begins a character.
    @usableFromInline
    @inline(never)
    static func isValidSlowly(_ bytes: RawSpan, from start: Int) -> Bool {
        let rest = bytes.suffix(from: start)
        for offset in 0..<rest.byteCount where rest.load(UInt8.self, at: offset) == 0 { return false }
        return rest.withUnsafeBytes { buffer in
            buffer.withMemoryRebound(to: UInt8.self) { (try? UTF8Span(validating: $0.span)) != nil }
        }
    }

    @usableFromInline
    @inline(never)
    static func invalid() -> BinaryError {
        BinaryError(.malformedValue, "text that is not UTF-8", hint: "find and repair the text in the source database")
    }
}
