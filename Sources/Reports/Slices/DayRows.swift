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
    /// Bytes of rows that a fact has beyond its first, since this was last set to zero.
    public var fannedOut = 0
    /// The most of those.
    static let mostFannedOut = 64 << 20
    /// What is to be said of days that have no rows; nil where nothing is.
    public var noteOnEmptyDays: String?

    /// Empty blocks for the days of a slice, each due to be emptied at `capacity` bytes. `keyField` is the place of the field by which rows
    /// fall into buckets, as ``ReportDefinition/bucketField`` has it; nil where they do not.
    public init(bounds: DayBounds, fieldCount: Int, keyField: Int? = nil, capacity: Int) {
        self.bounds = bounds
        self.fieldCount = fieldCount
        self.capacity = capacity
        blocks = bounds.days.map { _ in DayBlock(capacity: capacity, keyField: keyField) }
    }

    /// Adds one row to a day; `encode` writes its `fieldCount` fields.
    @inlinable
    public func append(toDay day: Int, _ encode: (inout CopyBinaryWriter) -> Void) {
        if blocks[day].content.append(fieldCount: fieldCount, encode) >= capacity { isDue = true }
    }

    /// Counts the row that was added to a day last as one of a fact that has several. Throws `fanOut`, as `what` says.
    func countFanOut(ofDay day: Int, _ what: () -> String) throws(ReportError) {
        fannedOut += blocks[day].writer.lastRow.byteCount
        guard fannedOut > Self.mostFannedOut else { return }
        throw ReportError(
            .fanOut, what() + " makes more than \(Self.mostFannedOut >> 20) MiB of rows with those beside it",
            hint: "look for double rows in the table that it is joined with")
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
        @usableFromInline let keyField: Int?
        fileprivate(set) var buckets: BucketDigests?
        fileprivate var kept: BucketSelection?
        fileprivate var keptDigest = RowDigest()

        init(capacity: Int, keyField: Int?) {
            writer = CopyBinaryWriter(capacity: capacity)
            self.keyField = keyField
            buckets = keyField == nil ? nil : BucketDigests()
        }

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
            let hash = digest.add(writer.lastRow)
            self.digest = digest
            if let keyField { place(hash, keyField) }
            return writer.count
        }

        /// Adds the last row's hash to its bucket, and takes the row away again unless it is to be kept.
        @usableFromInline
        mutating func place(_ hash: UInt64, _ keyField: Int) {
            let key = BucketDigests.key(of: writer.lastRow, field: keyField)
            if let key { buckets?.add(hash, key: key) } else { buckets = nil }
            guard let kept else { return }
            if let key, !kept.contains(key: key) {
                writer.dropLastRow()
            } else {
                var digest = keptDigest
                digest.add(writer.lastRow)
                keptDigest = digest
            }
        }

        mutating func forget() {
            writer.removeAll()
            digest = RowDigest()
            keptDigest = RowDigest()
            buckets = keyField == nil ? nil : BucketDigests()
        }
    }

    @usableFromInline var content: Content

    init(capacity: Int, keyField: Int?) { content = Content(capacity: capacity, keyField: keyField) }

    /// Encoded tuples, one after the other.
    public var writer: CopyBinaryWriter {
        _read { yield content.writer }
        _modify { yield &content.writer }
    }

    /// Of every row since the start.
    public var digest: RowDigest { content.digest }
    /// Of the same rows by their keys; nil where rows do not fall into buckets, and once one came without a key.
    public var buckets: BucketDigests? { content.buckets }
    /// The buckets whose rows are kept; nil keeps all rows. The other rows are digested like these.
    public var kept: BucketSelection? {
        get { content.kept }
        set { content.kept = newValue }
    }
    /// Of the rows kept; counted only while not all are.
    public var keptDigest: RowDigest { content.keptDigest }

    /// Begins the day anew; the choice of buckets stays.
    public func forget() { content.forget() }

    /// Gives back the memory of a day that is whole and was taken away.
    public func release() {
        content.writer = CopyBinaryWriter(capacity: 0)
        content.buckets = nil
    }
}
