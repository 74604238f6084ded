public import PostgresBinary

/// Where a slice's rows go: a block of encoded rows and a digest for each of its days.
public final class DayRows {
    /// The days, in order.
    public let bounds: DayBounds
    /// One a day.
    public let blocks: [DayBlock]
    /// Fields of a warehouse row.
    public let fieldCount: Int
    /// The place of the field by which rows fall into buckets; nil where they do not.
    @usableFromInline let keyField: Int?

    /// Empty blocks for the days of a slice. `capacity` is the size in bytes at which a block is due to be emptied; `keyField` is that of
    /// ``ReportDefinition/bucketField``, where all rows come through ``append(toDay:_:)``.
    public init(bounds: DayBounds, fieldCount: Int, keyField: Int? = nil, capacity: Int) {
        self.bounds = bounds
        self.fieldCount = fieldCount
        self.keyField = keyField
        blocks = bounds.days.map { _ in DayBlock(capacity: capacity, hasBuckets: keyField != nil) }
    }

    /// Adds one row to a day; `encode` writes its `fieldCount` fields.
    @inlinable
    public func append(toDay day: Int, _ encode: (inout CopyBinaryWriter) -> Void) {
        let block = blocks[day]
        block.writer.beginRow(fieldCount: fieldCount)
        encode(&block.writer)
        let hash = block.digest.add(block.writer.lastRow)
        if let keyField { block.place(hash, keyField: keyField) }
    }
}

/// The rows of one day that have not been taken away yet, and the digest of all there were.
public final class DayBlock {
    /// Encoded tuples, one after the other.
    public var writer: CopyBinaryWriter
    /// Of every row since the start.
    public var digest = RowDigest()

    /// Of the same rows by their keys; nil where rows do not fall into buckets, and once one came without a key.
    public private(set) var buckets: BucketDigests?
    /// The buckets whose rows are kept; nil keeps all rows. The other rows are digested like these.
    public var kept: BucketSelection?
    /// Of the rows kept; counted only while not all are.
    public private(set) var keptDigest = RowDigest()
    private let hasBuckets: Bool

    /// Begins the day anew; the choice of buckets stays.
    public func forget() {
        writer.removeAll()
        digest = RowDigest()
        keptDigest = RowDigest()
        buckets = hasBuckets ? BucketDigests() : nil
    }

    init(capacity: Int, hasBuckets: Bool) {
        writer = CopyBinaryWriter(capacity: capacity)
        self.hasBuckets = hasBuckets
        buckets = hasBuckets ? BucketDigests() : nil
    }

    /// Adds the last row's hash to its bucket, and takes the row away again unless it is to be kept.
    @usableFromInline
    func place(_ hash: UInt64, keyField: Int) {
        // The compiler lends the bytes of a local only.
        let block = self
        let key = BucketDigests.key(of: block.writer.lastRow, field: keyField)
        if let key { buckets?.add(hash, key: key) } else { buckets = nil }
        guard let kept else { return }
        if let key, !kept.contains(key: key) {
            writer.dropLastRow()
        } else {
            keptDigest.add(block.writer.lastRow)
        }
    }
}
