import PostgresBinary
import SQLText

/// Runs a report's query as it is: rows go through as the source encoded them, each to the day that its day column says.
final class TemplateTransform: SliceTransform {
    /// A query has no dimensions that could be told from its facts.
    let dimensions: [SourceRead] = []
    private let report: ReportDefinition
    private let bounds: DayBounds
    private let columns: [ReportColumn]
    private let textFields: [Int]

    /// The reads of `report` for the days of a slice. `validatesText` is for sources in SQL_ASCII, which check nothing themselves.
    init(_ report: ReportDefinition, for bounds: DayBounds, validatesText: Bool) {
        self.report = report
        self.bounds = bounds
        let columns = Array(report.addsDayColumn ? report.columns.dropLast() : report.columns[...])
        self.columns = columns
        textFields = validatesText ? columns.indices.filter { Self.textTypes.contains(columns[$0].type.wire.oid) } : []
    }

    var span: FactSpan { report.query.span == .window ? .slice : .day }

    /// One for all days, or one a day where the query is about a single day; its index is then the day's place.
    func facts(of days: Range<Int>) -> [SourceRead] {
        let windows = report.query.span == .window ? [days] : days.map { $0..<($0 + 1) }
        return windows.map { window in
            let (first, end) = bounds.ends(of: window)
            return SourceRead(
                query: report.query.query(from: first.description, to: end.description), columns: columns, label: "query",
                index: window.lowerBound, isFacts: true
            ) { [query = report.query] in query.place(of: $0, from: first.description, to: end.description) }
        }
    }

    /// text, varchar, bpchar, name, "char", json, unknown
    private static let textTypes: Set<UInt32> = [25, 1043, 1042, 19, 18, 114, 705]

    /// Copies each row to its day. Throws `rowOutsideDay` for a row that the query should not have returned.
    func receive(_ bytes: RawSpan, through reader: inout CopyBinaryReader, of read: SourceRead, ordered: Bool, into rows: DayRows) throws {
        try reader.feed(bytes) { row in try place(&row, of: read.index, into: rows) }
    }

    private func place(_ row: inout FieldCursor, of read: Int, into rows: DayRows) throws {
        var cursor = row
        var next = 0
        for field in textFields {
            while next < field {
                try row.skip()
                next += 1
            }
            next += 1
            if let text = try row.nextField() { try UTF8Text.validate(text) }
        }
        let day = try report.query.span == .window ? dayIndex(&cursor, rows) : checkedDay(read, &cursor, rows)
        rows.append(row.rowBytes, toDay: day, addingDay: report.addsDayColumn)
    }

    /// Nothing is left to do: rows were placed as they came.
    func finish(read: Int, into rows: DayRows) throws {}

    private func checkedDay(_ read: Int, _ row: inout FieldCursor, _ rows: DayRows) throws -> Int {
        if report.addsDayColumn { return read }
        let day = try dayIndex(&row, rows)
        guard day == read else { throw outside(row.rowBytes, read..<(read + 1)) }
        return day
    }

    private func dayIndex(_ row: inout FieldCursor, _ rows: DayRows) throws -> Int {
        for _ in 0..<report.dayColumn { try row.skip() }
        let found: Int? =
            switch report.columns[report.dayColumn].type.oid {
            case ColumnType.timestampTZ.oid: try row.next(TimestampTZ.self).flatMap { rows.bounds.index(of: $0) }
            case ColumnType.timestamp.oid: try row.next(Timestamp.self).flatMap { rows.bounds.index(of: $0) }
            default: try row.next(CalendarDate.self).flatMap { rows.bounds.index(of: $0) }
            }
        guard let found else { throw outside(row.rowBytes, rows.bounds.days.indices) }
        return found
    }

    /// The error for a row that is of none of the days that were asked for.
    private func outside(_ tuple: RawSpan, _ days: Range<Int>) -> ReportError {
        let (first, end) = bounds.ends(of: days)
        let (keys, day) = (report.keyColumns.isEmpty ? [report.columns[0].name] : report.keyColumns, report.columns[report.dayColumn])
        let row = RowText.describe(tuple, report.columns, keys + [day.name])
        let message = "a row lies outside \(days.count == 1 ? "\(first)" : "\(first) … \(end - 1)"): \(row)"
        if isMidnight(tuple, after: days), day.type.modifier >= 0 {
            return ReportError(
                .rowOutsideDay, "\(message), perhaps rounded up to it by \(day.type.name)",
                hint: "let the query cut the time where the type rounds it, as in date_trunc('second', \(SQL.identifier(day.name)))")
        }
        return ReportError(
            .rowOutsideDay, message, hint: "the query must return the rows of its day only, [00:00, 24:00) in \(report.timeZone)")
    }

    /// Whether a row's day column is the very moment at which the last of some days ends.
    private func isMidnight(_ tuple: RawSpan, after days: Range<Int>) -> Bool {
        guard var row = try? FieldCursor(validating: tuple) else { return false }
        for _ in 0..<report.dayColumn { guard (try? row.skip()) != nil else { return false } }
        switch report.columns[report.dayColumn].type.oid {
        case ColumnType.timestampTZ.oid:
            let instant = (try? row.next(TimestampTZ.self)) ?? nil
            return instant?.microsecondsSince2000 == bounds.instants[days.upperBound]
        case ColumnType.timestamp.oid:
            let local = (try? row.next(Timestamp.self)) ?? nil
            return local?.microsecondsSince2000 == Int64(bounds.ends(of: days).end.daysSince2000) * 86_400_000_000
        default: return false
        }
    }
}
