import PostgresBinary
import Sizing
import Stages
import Testing

@testable import Bench

@Suite("How a repetition's work divides among its stages")
struct StageTableTests {
    private func table(written: Int?, shares: PassShares = PassShares(decode: 0.25, encode: 0.25)) -> StageTable {
        var extract = StageMeter.Count()
        extract.spanSeconds = 10
        extract.source = .init(cpuSeconds: 2, bytesRead: 500)
        var pass = StageMeter.Count()
        (pass.passSeconds, pass.clientSeconds) = (4, 2)
        var spill = StageMeter.Count()
        (spill.passSeconds, spill.clientSeconds, spill.bytes) = (1, 0.5, 3000)
        var back = StageMeter.Count()
        (back.passSeconds, back.clientSeconds) = (0.5, 0.25)
        var load = StageMeter.Count()
        (load.spanSeconds, load.clientSeconds, load.bytes) = (3, 0.25, 3000)
        load.warehouse.cpuSeconds = 1
        var index = StageMeter.Count()
        index.spanSeconds = 1
        index.warehouse.cpuSeconds = 0.75
        var totals = Totals()
        (totals.rows, totals.extractedBytes, totals.clientSeconds) = (100, 1000, 7)
        (totals.walBytes, totals.fullPageImages, totals.writersSeconds) = (4000, 7, 1)
        (totals.tableBytes, totals.indexBytes, totals.warehouseWritten) = (4000, 5 * 8192, written)
        return StageTable(
            counts: [.extract: extract, .transform: pass, .spill: spill, .load: load, .index: index], readBack: back, totals: totals,
            shares: shares, walOfOneStream: [.load: 300, .index: 100], sourceIsEstimated: false, warehouseIsEstimated: true)
    }

    private func figures(_ stage: Stage, _ table: StageTable) throws -> StageFigures {
        try #require(table.figures.first { $0.stage == stage })
    }

    @Test("seconds of passes are taken from the sessions that they happen in")
    func wall() throws {
        let table = table(written: nil)
        let seconds = try Stage.allCases.map { try figures($0, table).wallSeconds }
        #expect(seconds == [5, 1, 2, 1, 1.5, 2.5, 1, 0, 0, 0])
    }

    @Test("all of the client's CPU time is some stage's, and what no pass counted is divided by bytes moved")
    func client() throws {
        let table = table(written: nil)
        let seconds = table.figures.compactMap(\.client?.cpuSeconds)
        #expect(abs(seconds.reduce(0, +) - 7) < 1e-9)
        // 7 less 2, 0.5, 0.25 and 0.25 are 4, of which a quarter was extracted.
        #expect(try figures(.extract, table).client?.cpuSeconds == 1)
        #expect(try figures(.load, table).client?.cpuSeconds == 3.25)
        #expect(try figures(.decode, table).client?.cpuSeconds == 0.5)
        #expect(try figures(.index, table).client == nil)
    }

    @Test("WAL divides as one stream did, data pages as they are left, and the writers' time with them")
    func written() throws {
        let own = table(written: nil)
        #expect(try figures(.load, own).walBytes == 3000 && figures(.index, own).walBytes == 1000)
        #expect(try figures(.load, own).warehouse?.bytesWritten == 7000)
        #expect(try figures(.index, own).warehouse?.bytesWritten == 1000 + 5 * 8192)
        #expect(try figures(.index, own).fullPageImages == 5 && figures(.publish, own).fullPageImages == 2)
        let seen = table(written: 10_000)
        #expect(abs(seen.figures.compactMap(\.warehouse?.bytesWritten).reduce(0, +) - 10_000) <= 5)
        #expect(abs(seen.figures.compactMap(\.warehouse?.cpuSeconds).reduce(0, +) - 2.75) < 1e-9)
        #expect(try figures(.load, seen).warehouse?.cpuIsEstimated == true && figures(.extract, seen).source?.cpuIsEstimated == false)
    }

    @Test("encoding takes a share of a pass, as decoding does")
    func shares() throws {
        let made = EncodedRows(fields: 3, rows: 20_000, blocks: Self.blocks(rows: 20_000))
        let seconds = try made.encodeSeconds()
        #expect(seconds > 0 && seconds < 1)
    }

    /// A COPY BINARY stream of rows with three texts.
    private static func blocks(rows: Int) -> [[UInt8]] {
        var writer = CopyBinaryWriter(capacity: 1 << 16)
        writer.writeHeader()
        for n in 0..<rows {
            writer.beginRow(fieldCount: 3)
            for part in 0..<3 { writer.write(Optional("text \(part) of row \(n), of some length or other")) }
        }
        return [writer.bytes.withUnsafeBytes { Array($0) }]
    }
}
