import PostgresBinary
import Reports

/// The food-log report with its dimensions read, ready for food logs.
final class Joiner {
    private var report = FoodLogStats()
    private let rows: DayRows

    init(_ sample: Sample) throws {
        rows = DayRows(bounds: sample.bounds, fieldCount: FoodLogStats.columns.count, capacity: 1 << 16)
        for (index, table) in FoodLogStats.tables.enumerated().dropLast() {
            try read(sample.streams[index], of: index, fields: table.columns.count)
        }
    }

    /// Decodes, joins, digests and encodes a stream of food logs; what was encoded is dropped a block at a time unless `keeps` says otherwise.
    func join(_ facts: [UInt8], keeps: Bool = false) throws {
        let index = FoodLogStats.tables.count - 1
        try read(facts, of: index, fields: FoodLogStats.tables[index].columns.count, keeps: keeps)
    }

    /// All that was encoded and kept, as a stream.
    func stream() -> [UInt8] {
        var writer = CopyBinaryWriter(capacity: 1 << 20)
        writer.writeHeader()
        let block = Sample.bytes(of: rows.blocks[0].writer)
        writer.append(block.span.bytes)
        writer.writeTrailer()
        return Sample.bytes(of: writer)
    }

    private func read(_ stream: [UInt8], of table: Int, fields: Int, keeps: Bool = false) throws {
        var reader = CopyBinaryReader(fieldCount: fields)
        try reader.feed(stream.span.bytes) { row in
            try report.read(&row, of: table, into: rows)
            if !keeps, rows.blocks[0].writer.count >= 1 << 16 { rows.blocks[0].writer.removeAll() }
        }
        try reader.finish()
    }
}
