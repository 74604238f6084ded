public import PostgresBinary

/// Where a slice's rows go: a block of encoded rows and a digest for each of its days.
public final class DayRows {
    /// The days, in order.
    public let bounds: DayBounds
    /// One a day.
    public let blocks: [DayBlock]
    /// Fields of a warehouse row.
    public let fieldCount: Int
    /// The size in bytes from which on a block is due to be emptied.
    public let capacity: Int
    /// Whether a block has become due since this was last set to false.
    public var isDue = false

    /// Empty blocks for the days of a slice, each due to be emptied at `capacity` bytes.
    public init(bounds: DayBounds, fieldCount: Int, capacity: Int) {
        self.bounds = bounds
        self.fieldCount = fieldCount
        self.capacity = capacity
        blocks = bounds.days.map { _ in DayBlock(capacity: capacity) }
    }

    /// Adds one row to a day; `encode` writes its `fieldCount` fields.
    @inlinable
    public func append(toDay day: Int, _ encode: (inout CopyBinaryWriter) -> Void) {
        if blocks[day].content.append(fieldCount: fieldCount, encode) >= capacity { isDue = true }
    }

    /// Adds one row to a day as it is encoded, with the day as one more field behind the others if it is to be added.
    func append(_ tuple: RawSpan, toDay day: Int, addingDay: Bool) {
        if blocks[day].content.append(tuple, with: addingDay ? bounds.days[day] : nil) >= capacity { isDue = true }
    }
}

/// The rows of one day that have not been taken away yet, and the digest of all there were.
public final class DayBlock {
    /// One stored property, so that a row is one access to it.
    @usableFromInline
    struct Content: ~Copyable {
        @usableFromInline var writer: CopyBinaryWriter
        @usableFromInline var digest = RowDigest()

        init(capacity: Int) { writer = CopyBinaryWriter(capacity: capacity) }

        /// Adds one row and returns the bytes held.
        @inlinable
        mutating func append(fieldCount: Int, _ encode: (inout CopyBinaryWriter) -> Void) -> Int {
            writer.beginRow(fieldCount: fieldCount)
            encode(&writer)
            return finishRow()
        }

        /// Adds one row as it is encoded, with `day` as one more field, and returns the bytes held.
        mutating func append(_ tuple: RawSpan, with day: CalendarDate?) -> Int {
            if let day { writer.writeRow(tuple, appending: day) } else { writer.writeRow(tuple) }
            return finishRow()
        }

        @inlinable
        mutating func finishRow() -> Int {
            var digest = digest
            digest.add(writer.lastRow)
            self.digest = digest
            return writer.count
        }
    }

    @usableFromInline var content: Content

    init(capacity: Int) { content = Content(capacity: capacity) }

    /// Encoded tuples, one after the other.
    public var writer: CopyBinaryWriter {
        _read { yield content.writer }
        _modify { yield &content.writer }
    }

    /// Of every row since the start.
    public var digest: RowDigest { content.digest }

    /// Begins the day anew.
    public func forget() {
        content.writer.removeAll()
        content.digest = RowDigest()
    }
}
