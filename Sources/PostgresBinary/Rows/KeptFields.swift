/// A handle on encoded fields that a ``FieldArena`` keeps: eight bytes, copied like an integer.
///
/// It is worth what its arena is: equal handles of one arena mean one and the same stretch of it.
public struct KeptFields: Equatable, Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let offset: UInt32
    @usableFromInline let length: UInt32

    @inlinable
    init(offset: UInt32, length: UInt32) {
        self.offset = offset
        self.length = length
    }
}
