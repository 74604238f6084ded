/// Text kept in one flat block of bytes, to which rows hold handles.
///
/// The arena appends and does not search: the same text twice is kept twice, under two handles. Text that must last, such as that of
/// dimensions, goes in first; above a ``mark`` goes what one block of rows needs, and is then forgotten at once by `truncate(to:)`.
/// The arena neither looks at the bytes nor validates them.
public struct TextArena: ~Copyable, Sendable {
    /// A height of the arena to go back to.
    public struct Mark: Equatable, Sendable {
        @usableFromInline let offset: Int

        @inlinable
        init(offset: Int) { self.offset = offset }
    }

    @usableFromInline var block: ByteBlock

    /// Makes an arena with room for `capacity` bytes; it grows when that is not enough, up to 4 GiB.
    public init(capacity: Int = 1 << 12) {
        block = ByteBlock(capacity: capacity)
    }

    /// The number of bytes held.
    @inlinable public var count: Int { block.count }

    /// The arena's present height.
    @inlinable public var mark: Mark { Mark(offset: block.count) }

    /// Keeps a copy of `text`.
    ///
    /// - Throws: ``BinaryError`` of code `arenaFull` where the arena would exceed 4 GiB.
    @inlinable
    public mutating func intern(_ text: RawSpan) throws(BinaryError) -> InternedText {
        let offset = block.count
        guard let start = UInt32(exactly: offset), let length = UInt32(exactly: text.byteCount) else { throw Self.full() }
        block.append(text)
        return InternedText(offset: start, length: length)
    }

    /// The bytes of a text that this arena keeps; for a handle on what was truncated, a programmer's error.
    @inlinable
    @_lifetime(borrow self)
    public func bytes(of text: InternedText) -> RawSpan {
        let start = Int(text.offset)
        return block.bytes.extracting(start..<start &+ Int(text.length))
    }

    /// Forgets what was kept since `mark`, and keeps the block. Handles on it must not be used any more.
    @inlinable
    public mutating func truncate(to mark: Mark) {
        block.truncate(to: mark.offset)
    }

    @usableFromInline
    @inline(never)
    static func full() -> BinaryError {
        BinaryError(.arenaFull, "more than 4 GiB of text in one block of rows", hint: "use smaller slices or fewer streams")
    }
}
