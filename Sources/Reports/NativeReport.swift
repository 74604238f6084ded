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
    /// Called after the last row of a table. Does nothing unless a report needs it. Facts are often read a day at a time: after those of
    /// one day, nothing of them may be left in the report.
    mutating func finish(table: Int, into rows: DayRows) throws
}

extension NativeReport where Self: ~Copyable {
    /// Nothing to do.
    public mutating func finish(table: Int, into rows: DayRows) throws {}
}

/// A source table and the columns of it that are read.
public struct SourceTable: Sendable {
    /// Found by the reader's search_path.
    public let name: String
    /// In the order in which a row's fields come.
    public let columns: [ReportColumn]
    /// The column that limits the rows to the slice; nil reads them all.
    public let dayColumn: String?

    /// A table and what is read of it.
    public init(_ name: String, day dayColumn: String? = nil, _ columns: [ReportColumn]) {
        self.name = name
        self.columns = columns
        self.dayColumn = dayColumn
    }

    /// In a session whose time zone is the report's, an ISO date compared with any date or time is that day's midnight.
    func read(as index: Int, from first: CalendarDate, to end: CalendarDate) -> SourceRead {
        var query = "SELECT " + columns.map { SQL.identifier($0.name) }.joined(separator: ", ") + " FROM " + SQL.identifier(name)
        if let day = dayColumn.map(SQL.identifier) {
            query += " WHERE \(day) >= \(SQL.literal(first.description)) AND \(day) < \(SQL.literal(end.description))"
        }
        return SourceRead(query: query, columns: columns, label: name, index: index, isFacts: dayColumn != nil)
    }
}

/// Lets a native report read a slice.
final class NativeTransform<Report: NativeReport & ~Copyable>: SliceTransform {
    let span = FactSpan.any
    private let bounds: DayBounds
    private let tables = Array(Report.tables.enumerated())
    private var report = Report()

    /// A fresh report for the days of a slice.
    init(for bounds: DayBounds) { self.bounds = bounds }

    var dimensions: [SourceRead] {
        tables.filter { $0.element.dayColumn == nil }.map { $0.element.read(as: $0.offset, from: bounds.first, to: bounds.end) }
    }

    func facts(of days: Range<Int>) -> [SourceRead] {
        let (first, end) = bounds.ends(of: days)
        return tables.filter { $0.element.dayColumn != nil }.map { $0.element.read(as: $0.offset, from: first, to: end) }
    }

    func receive(_ row: inout FieldCursor, of read: Int, into rows: DayRows) throws {
        try report.read(&row, of: read, into: rows)
    }

    func finish(read: Int, into rows: DayRows) throws {
        try report.finish(table: read, into: rows)
    }
}
