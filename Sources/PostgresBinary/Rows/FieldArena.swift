/// Encoded fields kept in one flat block of bytes, to which rows of dimensions hold handles: what a report only moves is never decoded, and
/// is written again with one copy.
///
/// The arena appends and does not search: the same fields twice are kept twice, under two handles. It neither looks at the bytes nor validates
/// them.
public struct FieldArena: ~Copyable, Sendable {
    @usableFromInline var block: ByteBlock

    /// Makes an arena with room for `capacity` bytes; it grows when that is not enough, up to 4 GiB.
    public init(capacity: Int = 1 << 12) {
        block = ByteBlock(capacity: capacity)
    }

    /// Keeps a copy of one or more fields, each its length before its bytes.
    ///
    /// - Throws: ``BinaryError`` of code `arenaFull` where the arena would exceed 4 GiB.
    @inlinable
    public mutating func keep(_ fields: RawSpan) throws(BinaryError) -> KeptFields {
        guard let start = UInt32(exactly: block.count), let length = UInt32(exactly: fields.byteCount) else { throw Self.full() }
        block.append(fields)
        return KeptFields(offset: start, length: length)
    }

    /// The fields behind a handle that this arena gave.
    @inlinable
    @_lifetime(borrow self)
    public func bytes(of fields: KeptFields) -> RawSpan {
        let start = Int(fields.offset)
        return block.bytes.extracting(start..<start &+ Int(fields.length))
    }

    @usableFromInline
    @inline(never)
    static func full() -> BinaryError {
        BinaryError(.arenaFull, "more than 4 GiB of rows held at once", hint: "use smaller slices or fewer streams")
    }
}
