public import PostgresBinary
import SQLText

/// One COPY that a slice makes on the source.
public struct SourceRead: Sendable {
    /// A query that returns `columns`; the caller casts where the source has other types.
    public let query: String
    /// Names and types that the reader of the rows relies on.
    public let columns: [ReportColumn]
    /// For messages: a table's name or "query".
    public let label: String
    /// Limited to the slice's days; dimensions are read whole.
    public let isFacts: Bool

    init(query: String, columns: [ReportColumn], label: String, isFacts: Bool) {
        self.query = query
        self.columns = columns
        self.label = label
        self.isFacts = isFacts
    }
}

/// A report made ready to read one slice: which COPYs it makes, and what becomes of their rows.
public protocol SliceTransform: AnyObject {
    /// In the order in which they are made, all in one snapshot.
    var reads: [SourceRead] { get }
    /// Takes one row of a read; the row's bytes are valid during the call only.
    func receive(_ row: inout FieldCursor, of read: Int, into rows: DayRows) throws
    /// Called after the last row of a read.
    func finish(read: Int, into rows: DayRows) throws
}
