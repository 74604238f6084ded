import PostgresBinary
@testable import Reports
import Testing

@Suite struct DayRowsTests {
    private let bounds = DayBounds(days: [CalendarDate("2025-09-24")].compactMap { $0 }, instants: [0, 86_400_000_000])

    private func append(_ keys: [Int32?], note: String = "", to rows: DayRows) {
        for key in keys {
            rows.append(toDay: 0) { writer in
                writer.write(note)
                writer.write(key)
            }
        }
    }

    private func rows(keyField: Int? = 1) throws -> DayRows {
        DayRows(bounds: try #require(bounds), fieldCount: 2, keyField: keyField, capacity: 1 << 12)
    }

    @Test("rows are digested by their keys where they have one, and not at all after one had none")
    func buckets() throws {
        let all = try rows()
        append(Array(-500..<500), to: all)
        let block = all.blocks[0]
        let buckets = try #require(block.buckets)
        #expect(buckets.agree(with: block.digest) && block.digest.rows == 1000)
        append([nil], to: all)
        #expect(block.buckets == nil)
        append([1], to: all)
        #expect(block.buckets == nil && block.digest.rows == 1002)
        block.forget()
        append(Array((-500..<500).reversed()), to: all)
        #expect(block.buckets == buckets)
        let none = try rows(keyField: nil)
        append([1, 2], to: none)
        #expect(none.blocks[0].buckets == nil && none.blocks[0].digest.rows == 2)
    }

    @Test("only rows of the buckets that are asked for are kept; the digests are of all")
    func kept() throws {
        let (old, new) = (try rows(), try rows())
        append(Array(0..<1000), to: old)
        append(Array(0..<1000), to: new)
        let block = new.blocks[0]
        block.forget()
        append(Array(0..<100), to: new)
        append([100], note: "changed", to: new)
        append(Array(101..<1000), to: new)
        let (buckets, whole) = (try #require(block.buckets), block.digest)
        block.kept = buckets.differing(from: try #require(old.blocks[0].buckets), atMost: 0.25)
        block.forget()
        append(Array(0..<100), to: new)
        append([100], note: "changed", to: new)
        append(Array(101..<1000), to: new)
        #expect(block.digest == whole && block.buckets == buckets)
        // 96 to 103
        let expected = try rows()
        append([96, 97, 98, 99], to: expected)
        append([100], note: "changed", to: expected)
        append([101, 102, 103], to: expected)
        #expect(block.keptDigest == expected.blocks[0].digest)
        #expect(block.writer.count == expected.blocks[0].writer.count)
    }
}
