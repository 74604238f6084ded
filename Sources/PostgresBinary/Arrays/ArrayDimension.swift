/// One dimension of an array (https://www.postgresql.org/docs/15/arrays.html).
public struct ArrayDimension: Hashable, Sendable, BitwiseCopyable {
    /// The number of elements, at least 1.
    public let count: Int32
    /// The subscript of the first element, usually 1.
    public let lowerBound: Int32

    /// The most dimensions an array has.
    public static let maximum = 6
    /// The most elements an array has.
    @usableFromInline static let maximumElements = 0x3FFF_FFFF / 8

    /// Makes a dimension; nil where it has no elements or its subscripts leave `Int32`.
    public init?(count: Int32, lowerBound: Int32 = 1) {
        guard count >= 1, !lowerBound.addingReportingOverflow(count).overflow else { return nil }
        self.count = count
        self.lowerBound = lowerBound
    }
}
