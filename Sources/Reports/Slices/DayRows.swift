public import PostgresBinary

/// Where a slice's rows go: a block of encoded rows and a digest for each of its days.
public final class DayRows {
    /// The days, in order.
    public let bounds: DayBounds
    /// One a day.
    public let blocks: [DayBlock]
    /// Fields of a warehouse row.
    public let fieldCount: Int

    /// Empty blocks for the days of a slice. `capacity` is the size in bytes at which a block is due to be emptied.
    public init(bounds: DayBounds, fieldCount: Int, capacity: Int) {
        self.bounds = bounds
        self.fieldCount = fieldCount
        blocks = bounds.days.map { _ in DayBlock(capacity: capacity) }
    }

    /// Adds one row to a day; `encode` writes its `fieldCount` fields.
    @inlinable
    public func append(toDay day: Int, _ encode: (inout CopyBinaryWriter) -> Void) {
        let block = blocks[day]
        block.writer.beginRow(fieldCount: fieldCount)
        encode(&block.writer)
        block.digest.add(block.writer.lastRow)
    }
}

/// The rows of one day that have not been taken away yet, and the digest of all there were.
public final class DayBlock {
    /// Encoded tuples, one after the other.
    public var writer: CopyBinaryWriter
    /// Of every row since the start.
    public var digest = RowDigest()

    /// Begins the day anew.
    public func forget() {
        writer.removeAll()
        digest = RowDigest()
    }

    init(capacity: Int) { writer = CopyBinaryWriter(capacity: capacity) }
}
