public import PostgresBinary
import Reports

/// One day, read whole and ready to be published.
public struct DayLoad: Sendable {
    /// The day.
    public let day: CalendarDate
    /// When it begins, and when the next one does: microseconds since 2000-01-01 00:00 UTC.
    public let instants: Range<Int64>
    /// Its rows.
    public let rows: Int
    /// Bytes of a COPY BINARY stream of them.
    public let bytes: Int
    /// Of the rows, in any order.
    public let digest: String
    /// Of the rows by their keys; nil where they were not digested so.
    public let buckets: BucketDigests?
    /// Which rows the content has; nil when it has all of them.
    public let part: Part?
    /// The replica had not replayed past the day's end.
    public let isProvisional: Bool
    /// Where the snapshot was taken.
    public let position: SourcePosition
    /// The run that read it.
    public let runID: Int64
    /// Compare with the table's rows even where the ledger says that they are the same: someone may have changed them.
    public let distrustsLedger: Bool
    /// Publish the day even where it loses more of its rows than its report allows.
    public let acceptsShrink: Bool

    /// The rows of a day in the buckets that differ from those of the day in the warehouse.
    public struct Part: Sendable {
        /// The buckets.
        public let buckets: BucketSelection
        /// Rows in them.
        public let rows: Int
        /// The digest of the day in the warehouse that they were found to differ from.
        public let replaced: String

        /// Above this share of buckets that differ, the day is read whole.
        public static let largestShare = 0.25

        /// A part of a day.
        public init(buckets: BucketSelection, rows: Int, replaced: String) {
            self.buckets = buckets
            self.rows = rows
            self.replaced = replaced
        }
    }

    /// A day as it was read.
    public init(
        day: CalendarDate, instants: Range<Int64>, rows: Int, bytes: Int, digest: String, buckets: BucketDigests? = nil, part: Part? = nil,
        isProvisional: Bool, position: SourcePosition, runID: Int64, distrustsLedger: Bool = false, acceptsShrink: Bool = false
    ) {
        self.day = day
        self.instants = instants
        self.rows = rows
        self.bytes = bytes
        self.digest = digest
        self.buckets = buckets
        self.part = part
        self.isProvisional = isProvisional
        self.position = position
        self.runID = runID
        self.distrustsLedger = distrustsLedger
        self.acceptsShrink = acceptsShrink
    }

    /// The day's bounds as constants of the day column's type, first included and end not.
    func bounds(for type: ColumnType) -> (first: String, end: String) {
        func instant(_ microseconds: Int64) -> String {
            Timestamp(microsecondsSince2000: microseconds).map { TimestampTZ(utc: $0).description } ?? "infinity"
        }
        return type.oid == ColumnType.timestampTZ.oid
            ? (instant(instants.lowerBound), instant(instants.upperBound)) : (day.description, (day + 1).description)
    }
}
