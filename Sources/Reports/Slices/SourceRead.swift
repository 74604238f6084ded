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
    /// What the transform is told of it.
    public let index: Int
    /// Limited to days of the slice; dimensions are read whole.
    public let isFacts: Bool
    /// Where in the report's template a character of the query is, counted from 1; nil for a query that is not made from one.
    public let place: (@Sendable (_ character: Int) -> QueryTemplate.Place?)?

    init(
        query: String, columns: [ReportColumn], label: String, index: Int, isFacts: Bool,
        place: (@Sendable (_ character: Int) -> QueryTemplate.Place?)? = nil
    ) {
        self.query = query
        self.columns = columns
        self.label = label
        self.index = index
        self.isFacts = isFacts
        self.place = place
    }
}

extension SliceTransform {
    /// Nothing is held back.
    public var isFull: Bool { false }
    /// Nothing is held back.
    public func emit(of read: SourceRead, into rows: DayRows) throws -> Bool { false }
}

/// How the facts of a slice can be read.
public enum FactSpan: Sendable {
    /// A day at a time.
    case day
    /// All days at once.
    case slice
    /// Either, whichever costs the source less.
    case any
}

/// A report made ready to read one slice: which COPYs it makes, and what becomes of their rows.
public protocol SliceTransform: AnyObject {
    /// Read whole, in this order, before any facts.
    var dimensions: [SourceRead] { get }
    /// How the facts can be read.
    var span: FactSpan { get }
    /// The reads that give all rows of some consecutive days, by their places in the slice. The same days may be read once more; what was
    /// made of them before is forgotten by whoever asks for it.
    func facts(of days: Range<Int>) -> [SourceRead]
    /// Takes the next bytes of the stream of a read, through its reader; they are valid during the call only. With `ordered`, facts may be
    /// held back, to come in the order that the report wants them in.
    func receive(_ bytes: RawSpan, through reader: inout CopyBinaryReader, of read: SourceRead, ordered: Bool, into rows: DayRows) throws
    /// Whether so much is held back that `emit` is due.
    var isFull: Bool { get }
    /// Makes rows of what is held back, until there is none or a block is due to be emptied; false when none is left.
    func emit(of read: SourceRead, into rows: DayRows) throws -> Bool
    /// Called after the last row of a read.
    func finish(read: Int, into rows: DayRows) throws
}
