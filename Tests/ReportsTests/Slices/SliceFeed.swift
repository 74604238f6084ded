import PostgresBinary
import Reports

/// A field of a source row.
enum Field: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    case int(Int32)
    case text(String)
    case number(Numeric)
    case instant(TimestampTZ)

    init(integerLiteral value: Int32) { self = .int(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }

    func write(to writer: inout CopyBinaryWriter) {
        switch self {
        case .null: writer.writeNull()
        case .int(let value): writer.write(value)
        case .text(let value): writer.write(value)
        case .number(let value): writer.write(value)
        case .instant(let value): writer.write(value)
        }
    }
}

/// Feeds a native report with rows of its tables, and shows the rows that it makes as text.
struct SliceFeed<Report: NativeReport & ~Copyable>: ~Copyable {
    private var report = Report()
    let rows: DayRows

    init(_ bounds: DayBounds) {
        rows = DayRows(bounds: bounds, fieldCount: Report.columns.count, capacity: 1 << 12)
        for block in rows.blocks { block.writer.writeHeader() }
    }

    /// Gives the report rows of a table, in any order of tables.
    mutating func feed(_ table: String, _ tuples: [Field]...) throws {
        let index = try Self.index(of: table)
        for tuple in tuples {
            let writer = Self.encoded(tuple)
            var cursor = try FieldCursor(validating: writer.lastRow)
            try report.read(&cursor, of: index, into: rows)
        }
    }

    /// Where the report wants a row of a table.
    func rank(_ tuple: [Field], of table: String) throws -> UInt32? {
        let writer = Self.encoded(tuple)
        var cursor = try FieldCursor(validating: writer.lastRow)
        return try report.rank(of: &cursor, in: try Self.index(of: table))
    }

    private static func index(of table: String) throws -> Int {
        guard let index = Report.tables.firstIndex(where: { $0.name == table }) else { throw NoSuchTable(name: table) }
        return index
    }

    private static func encoded(_ tuple: [Field]) -> CopyBinaryWriter {
        var writer = CopyBinaryWriter(capacity: 256)
        writer.beginRow(fieldCount: tuple.count)
        for field in tuple { field.write(to: &writer) }
        return writer
    }

    mutating func finish() throws {
        for index in Report.tables.indices { try report.finish(table: index, into: rows) }
    }

    /// The rows of a day, each a list of the columns' texts; to be called once.
    func texts(ofDay day: Int = 0) throws -> [[String?]] {
        let types = Report.columns.map { PostgresType(oid: $0.type.oid) }
        var found: [[String?]] = []
        var reader = CopyBinaryReader(fieldCount: types.count)
        rows.blocks[day].writer.writeTrailer()
        let block = rows.blocks[day]
        let bytes = Self.copy(block.writer.bytes)
        try reader.feed(bytes.span.bytes) { row in
            var texts: [String?] = []
            for type in types {
                if let field = try row.nextField() { texts.append(type?.text(of: field)) } else { texts.append(nil) }
            }
            found.append(texts)
        }
        return found
    }

    private static func copy(_ bytes: RawSpan) -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }
}

struct NoSuchTable: Error { let name: String }
