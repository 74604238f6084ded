/// A handle on text that a ``TextArena`` keeps: eight bytes, copied like an integer.
///
/// It is worth what its arena is: equal handles of one arena mean one and the same stretch of it.
public struct InternedText: Equatable, Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let offset: UInt32
    @usableFromInline let length: UInt32

    @inlinable
    init(offset: UInt32, length: UInt32) {
        self.offset = offset
        self.length = length
    }

    /// The length of the text in bytes.
    @inlinable public var count: Int { Int(length) }
}
