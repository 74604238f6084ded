import PostgresBinary
import Testing

@Suite struct PostgresArrayTests {
    private let int4 = ScalarType.int4.rawValue

    @Test("dimensions, lower bounds, NULLs and their order are kept and printed")
    func shape() throws {
        let dimensions = [try #require(ArrayDimension(count: 2, lowerBound: 0)), try #require(ArrayDimension(count: 2))]
        let array = try #require(PostgresArray<Int32>(dimensions: dimensions, elements: [1, nil, 3, 4], elementOID: int4))
        #expect(array.description == "[0:1][1:2]={{1,NULL},{3,4}}")
        #expect(try PostgresArray<Int32>(bytes: array.encoded) == array)
        #expect(PostgresArray<Int32>([], elementOID: int4)?.description == "{}")
    }

    @Test("six dimensions are accepted, and seven are not; nor elements that do not fill them")
    func limits() throws {
        let one = try #require(ArrayDimension(count: 1))
        let two = try #require(ArrayDimension(count: 2))
        #expect(PostgresArray<Int32>(dimensions: Array(repeating: one, count: 6), elements: [1], elementOID: int4) != nil)
        #expect(PostgresArray<Int32>(dimensions: Array(repeating: one, count: 7), elements: [1], elementOID: int4) == nil)
        #expect(PostgresArray<Int32>(dimensions: [two], elements: [1], elementOID: int4) == nil)
        #expect(ArrayDimension(count: 0) == nil)
        #expect(ArrayDimension(count: 2, lowerBound: .max) == nil)
    }

    @Test("headers that promise more than there is are refused without allocating it")
    func hostile() throws {
        func array(_ words: [Int32]) -> [UInt8] { words.flatMap { $0.encoded } }
        let hostile: [[Int32]] = [
            [], [0, 0], [-1, 0, 23], [7, 0, 23], [.max, 0, 23], [0, 2, 23], [0, 0, 23, 0], [1, 0, 23], [1, 0, 23, .max, 1],
            [1, 0, 23, -1, 1],
            [1, 0, 23, 0, 1], [1, 0, 23, 1, .max, 4, 1], [2, 0, 23, 65536, 1, 65536, 1], [1, 0, 23, 1, 1], [1, 0, 23, 1, 1, -1],
            [1, 1, 23, 1, 1, -2],
            [1, 0, 23, 1, 1, .max], [1, 0, 23, 1, 1, 4], [1, 0, 23, 1, 1, 4, 7, 0],
        ]
        for words in hostile { #expect(try code { _ = try PostgresArray<Int32>(bytes: array(words)) } == .malformedValue, "\(words)") }
    }
}
