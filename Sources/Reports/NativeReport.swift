public import PostgresBinary
import SQLText

/// A report whose joins and sums are Swift: it asks the source for narrow columns of plain tables and does the rest here.
///
/// A native report lives in a folder of its own: one struct a source table, one for the warehouse row, and this conformance. It must
/// equal its SQL template row for row, down to the scale of a numeric.
public protocol NativeReport: ~Copyable, SendableMetatype {
    /// What `mv_templates.native_report` calls it.
    static var name: String { get }
    /// Raised when the same source rows come out otherwise.
    static var version: Int { get }
    /// Of the warehouse row, in the order in which it is encoded.
    static var columns: [ReportColumn] { get }
    /// Read in this order: dimensions first, facts last.
    static var tables: [SourceTable] { get }

    /// One value a slice.
    init()
    /// Takes one row of a table.
    mutating func read(_ row: inout FieldCursor, of table: Int, into rows: DayRows) throws
    /// Where among the facts of a day one had best come: rows that share texts stand together then and compress better, and indexes are
    /// built from sorted rows. Nil, which is the default, for a report that does not care.
    func rank(of fact: inout FieldCursor, in table: Int) throws -> UInt32?
    /// Called after the last row of a table. Does nothing unless a report needs it. Facts are often read a day at a time: after those of
    /// one day, nothing of them may be left in the report.
    mutating func finish(table: Int, into rows: DayRows) throws

    // Loops over rows. They are requirements so that each report has its own, compiled for it, and none is to be written by a report.

    /// Reads all rows that `bytes` complete.
    mutating func read(allOf bytes: RawSpan, through reader: inout CopyBinaryReader, of table: Int, into rows: DayRows) throws
    /// Keeps all rows that `bytes` complete in `batch`; reads those without a rank.
    mutating func keep(
        _ bytes: RawSpan, through reader: inout CopyBinaryReader, of table: Int, in batch: inout RowBatch, into rows: DayRows) throws
    /// Reads rows of `batch` until there is none left or a block is due to be emptied.
    mutating func read(from batch: inout RowBatch, of table: Int, into rows: DayRows) throws
}

extension NativeReport where Self: ~Copyable {
    /// No order is wanted.
    public func rank(of fact: inout FieldCursor, in table: Int) throws -> UInt32? { nil }

    /// Nothing to do.
    public mutating func finish(table: Int, into rows: DayRows) throws {}

    /// Reads each row.
    public mutating func read(allOf bytes: RawSpan, through reader: inout CopyBinaryReader, of table: Int, into rows: DayRows) throws {
        try reader.feed(bytes) { row in try read(&row, of: table, into: rows) }
    }

    /// Keeps each row that has a rank.
    public mutating func keep(
        _ bytes: RawSpan, through reader: inout CopyBinaryReader, of table: Int, in batch: inout RowBatch, into rows: DayRows
    ) throws {
        try reader.feed(bytes) { row in
            var fact = row
            if let rank = try rank(of: &fact, in: table) {
                try batch.append(row, rank: rank)
            } else {
                try read(&row, of: table, into: rows)
            }
        }
    }

    /// Reads each row.
    public mutating func read(from batch: inout RowBatch, of table: Int, into rows: DayRows) throws {
        try batch.take { row in
            try read(&row, of: table, into: rows)
            return !rows.isDue
        }
    }
}

/// A source table and the columns of it that are read.
public struct SourceTable: Sendable {
    /// Found by the reader's search_path.
    public let name: String
    /// In the order in which a row's fields come.
    public let columns: [ReportColumn]
    /// The column that limits the rows to the slice; nil reads them all.
    public let dayColumn: String?
    /// Whether rows that are the same in all `columns` are read once.
    public let isDistinct: Bool

    /// A table and what is read of it.
    public init(_ name: String, day dayColumn: String? = nil, distinct isDistinct: Bool = false, _ columns: [ReportColumn]) {
        self.name = name
        self.columns = columns
        self.dayColumn = dayColumn
        self.isDistinct = isDistinct
    }

    /// In a session whose time zone is the report's, an ISO date compared with any date or time is that day's midnight.
    func read(as index: Int, from first: CalendarDate, to end: CalendarDate) -> SourceRead {
        let names = columns.map { SQL.identifier($0.name) }.joined(separator: ", ")
        var query = "SELECT \(isDistinct ? "DISTINCT " : "")\(names) FROM \(SQL.identifier(name))"
        if let day = dayColumn.map(SQL.identifier) {
            query += " WHERE \(day) >= \(SQL.literal(first.description)) AND \(day) < \(SQL.literal(end.description))"
        }
        return SourceRead(query: query, columns: columns, label: name, index: index, isFacts: dayColumn != nil)
    }
}

/// Lets a native report read a slice.
final class NativeTransform<Report: NativeReport & ~Copyable>: SliceTransform {
    /// Bytes of facts that are put in order together: about 50,000 food logs.
    private static var batchBytes: Int { 6 << 20 }

    let span = FactSpan.any
    private let bounds: DayBounds
    private let tables = Report.tables
    private var report = Report()
    private var batch = RowBatch(capacity: batchBytes)
    private var isSorted = false

    /// A fresh report for the days of a slice.
    init(for bounds: DayBounds) { self.bounds = bounds }

    var dimensions: [SourceRead] {
        tables.indices.filter { tables[$0].dayColumn == nil }.map { tables[$0].read(as: $0, from: bounds.first, to: bounds.end) }
    }

    func facts(of days: Range<Int>) -> [SourceRead] {
        let (first, end) = bounds.ends(of: days)
        return tables.indices.filter { tables[$0].dayColumn != nil }.map { tables[$0].read(as: $0, from: first, to: end) }
    }

    func receive(_ bytes: RawSpan, through reader: inout CopyBinaryReader, of read: SourceRead, ordered: Bool, into rows: DayRows) throws {
        if read.isFacts && ordered {
            try report.keep(bytes, through: &reader, of: read.index, in: &batch, into: rows)
        } else {
            try report.read(allOf: bytes, through: &reader, of: read.index, into: rows)
        }
    }

    var isFull: Bool { batch.isFull }

    func emit(of read: SourceRead, into rows: DayRows) throws -> Bool {
        if !isSorted { batch.sort() }
        isSorted = true
        try report.read(from: &batch, of: read.index, into: rows)
        isSorted = !batch.isEmpty
        return isSorted
    }

    func finish(read: Int, into rows: DayRows) throws {
        try report.finish(table: read, into: rows)
    }
}
