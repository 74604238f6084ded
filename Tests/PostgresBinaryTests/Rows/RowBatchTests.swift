import PostgresBinary
import Testing

@Suite struct RowBatchTests {
    private func fill(_ batch: inout RowBatch, _ rows: [(rank: UInt32, text: String)]) throws {
        for row in rows {
            let tuple = Array(copyStream([[row.text.encoded]]).dropFirst(19).dropLast(2))
            try batch.append(FieldCursor(validating: tuple.span.bytes), rank: row.rank)
        }
        batch.sort()
    }

    private func take(_ batch: inout RowBatch, atMost limit: Int = .max) throws -> [String] {
        var texts: [String] = []
        try batch.take { row in
            texts.append(try row.nextNonNull())
            return texts.count < limit
        }
        return texts
    }

    @Test("rows come in the order of their ranks, those of one rank as they came", arguments: [1, 60, 70_000, UInt32.max])
    func order(_ highest: UInt32) throws {
        var generator = SeededGenerator(seed: UInt64(highest))
        var batch = RowBatch(capacity: 1 << 20)
        for round in 0..<3 {
            let rows = (0..<2_000).map { (rank: UInt32.random(in: 0...highest, using: &generator), text: "\(round) \($0)") }
            try fill(&batch, rows)
            let sorted = rows.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            #expect(try take(&batch) == sorted.map(\.element.text))
            let isEmpty = batch.isEmpty
            #expect(isEmpty)
        }
    }

    @Test("rows are taken in parts, none twice and none left out, of any length")
    func parts() throws {
        var batch = RowBatch(capacity: 1 << 10)
        #expect(try take(&batch).isEmpty)
        let rows = (0..<50).map { (rank: UInt32(50 - $0), text: String(repeating: "é", count: $0 * 7)) }
        try fill(&batch, rows)
        let isFull = batch.isFull
        #expect(isFull)
        var texts: [String] = []
        while !batch.isEmpty {
            let part = try take(&batch, atMost: 7)
            #expect(part.count <= 7)
            texts += part
        }
        #expect(texts == rows.map(\.text).reversed())
        let isFullStill = batch.isFull
        #expect(!isFullStill)
    }
}
