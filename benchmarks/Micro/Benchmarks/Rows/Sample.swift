import PostgresBinary
import Reports

/// A day of food logs as a source sends them, and the dimensions that they join with; the same at every run.
struct Sample: Sendable {
    /// Food logs.
    static let rows = 50_000

    let bounds: DayBounds
    /// A COPY BINARY stream for each table of the report, in its order; the facts are the last.
    let streams: [[UInt8]]

    var facts: [UInt8] { streams[streams.count - 1] }

    init?() {
        let begin: Int64 = 9_375 * 86_400_000_000
        guard let day = CalendarDate(daysSince2000: 9_375), let bounds = DayBounds(days: [day], instants: [begin, begin + 86_400_000_000])
        else { return nil }
        self.bounds = bounds
        streams = FoodLogStats.tables.map { table in
            switch table.name {
            case "phood_location":
                Self.stream(60, fields: 3) { row, id in
                    row.write(id); row.write("Store #\(id) – Café"); row.write(1 + id % 8)
                }
            case "phood_pan":
                Self.stream(40, fields: 3) { row, id in
                    row.write(id); row.write(Numeric("\(id).637")); row.write("Pan \(id)")
                }
            case "phood_inventoryitem":
                Self.stream(1_200, fields: 7) { row, id in
                    row.write(id); row.write("Item 1b2c3d4e5f60718293a4b5c6d7e8f9 \(id)"); row.write("client-\(id % 997)");
                    row.write(1 + id % 20)
                    row.write(Numeric("\(id % 10).2500")); row.write(Numeric("\(id % 50).3")); row.write(Numeric("\(id % 15).7500"))
                }
            case "phood_menuitem":
                Self.stream(72_000, fields: 3) { row, id in
                    row.write(1 + id % 1_200); row.write(1 + id / 1_200); row.write(1 + id % 24)
                }
            case "phood_foodlogsum": Self.stream(Int32(Self.rows), fields: 10) { row, id in Self.foodLog(&row, id, begin) }
            default:
                Self.stream(24, fields: 2) { row, id in
                    row.write(id); row.write("Name \(id)")
                }
            }
        }
    }

    private static func foodLog(_ row: inout CopyBinaryWriter, _ id: Int32, _ begin: Int64) {
        row.write(id)
        row.write(id % 53 == 0 ? nil : 1 + id % 60)
        row.write(1 + id &* 7_919 % 1_200)
        row.write(1 + id % 40)
        row.write(1 + id % 5)
        row.write(id % 3 == 0 ? nil : 1 + id % 12)
        row.write(id % 4 == 3 ? nil : "pending")
        row.write(Numeric("\(id % 100).\(100 + id % 900)"))
        row.write(Timestamp(microsecondsSince2000: begin + Int64(id) * 1_700_000).map { TimestampTZ(utc: $0) })
        row.write(id % 7 == 0 ? #"{"flag": "over, \#(id % 10)"}"# : nil)
    }

    private static func stream(_ rows: Int32, fields: Int, _ fill: (inout CopyBinaryWriter, Int32) -> Void) -> [UInt8] {
        var writer = CopyBinaryWriter(capacity: 1 << 20)
        writer.writeHeader()
        for id in 1...rows {
            writer.beginRow(fieldCount: fields)
            fill(&writer, id)
        }
        writer.writeTrailer()
        return bytes(of: writer)
    }

    static func bytes(of writer: borrowing CopyBinaryWriter) -> [UInt8] { writer.bytes.withUnsafeBytes { Array($0) } }
}
