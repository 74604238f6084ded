import Reports
import Testing

@Suite("A dimension")
struct DimensionTableTests {
    @Test(
        "is found by id, be ids dense, sparse, negative or huge",
        arguments: [
            Array(0...5000), Array((1...5000).reversed()), stride(from: 7, to: 3_000_000, by: 997).map { Int32($0) },
            [-1, 0, 1, .min, .max, 1023, 1024, 1031, 1032, 1033, 2_000_000_000, -77],
        ] as [[Int32]])
    func finds(_ ids: [Int32]) throws {
        var table = DimensionTable<String>("t")
        for id in ids { try table.insert("row \(id)", id: id) }
        #expect(ids.allSatisfy { table[$0] == "row \($0)" })
        let known = Set(ids)
        #expect(ids.flatMap { [$0 &- 1, $0 &+ 1] }.allSatisfy { known.contains($0) == (table[$0] != nil) })
    }

    @Test("joins no row without an id")
    func ignoresNull() throws {
        var table = DimensionTable<String>("t")
        try table.insert("nobody", id: nil)
        try table.insert("nobody else", id: nil)
        #expect(table[nil] == nil && table[0] == nil)
    }

    @Test("refuses a second row of an id, which would repeat facts", arguments: [5, -5, 2_000_000_000] as [Int32])
    func refusesDuplicates(_ id: Int32) throws {
        var table = DimensionTable<String>("phood_pan")
        try table.insert("one", id: id)
        let error = #expect(throws: ReportError.self) { try table.insert("two", id: id) }
        #expect(error?.code == .invalidDimension)
        #expect(error?.message == "phood_pan has two rows with id \(id)")
        #expect(table[id] == "one")
    }

    @Test("finds an id that lay outside the dense part when it came and would lie inside now")
    func keepsSparse() throws {
        var table = DimensionTable<Int32>("t")
        try table.insert(2000, id: 2000)
        for id in 0..<1500 as Range<Int32> { try table.insert(id, id: id) }
        #expect(table[2000] == 2000)
        #expect(throws: ReportError.self) { try table.insert(1, id: 2000) }
    }
}
