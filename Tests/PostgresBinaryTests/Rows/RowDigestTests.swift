import PostgresBinary
import Testing

@Suite struct RowDigestTests {
    private func digest(_ tuples: [[UInt8]]) -> RowDigest {
        var digest = RowDigest()
        for tuple in tuples { digest.add(tuple.span.bytes) }
        return digest
    }

    private var tuples: [[UInt8]] {
        var generator = SeededGenerator(seed: 1)
        return (0..<200).map { generator.bytes($0) }
    }

    @Test("neither order nor division into parts matters")
    func orderAndParts() {
        let whole = digest(tuples)
        #expect(digest(tuples.shuffled()) == whole)
        #expect(digest(tuples.reversed()) == whole)
        for split in [0, 1, 77, 200] {
            var merged = digest(Array(tuples[split...]))
            merged.merge(digest(Array(tuples[..<split])))
            #expect(merged == whole)
        }
        #expect(whole.rows == 200)
    }

    @Test("a row more, a row less, a row twice, or one bit changed is noticed")
    func differences() {
        let whole = digest(tuples)
        #expect(digest(tuples.dropLast()) != whole)
        #expect(digest(tuples + [[0]]) != whole)
        #expect(digest(tuples.dropLast() + [tuples[0]]) != whole)
        for index in 1..<tuples.count {
            var changed = tuples
            changed[index][index / 2] ^= 1
            #expect(digest(changed).description != whole.description, "row \(index)")
        }
    }

    @Test("the hexadecimal form goes both ways and is of one width")
    func text() throws {
        let whole = digest(tuples)
        #expect(whole.description.utf8.count == 32)
        #expect(RowDigest(hex: whole.description, rows: 200) == whole)
        #expect(RowDigest().description == String(repeating: "0", count: 32))
        for wrong in [
            "", "0", String(repeating: "0", count: 31), String(repeating: "g", count: 32), "+" + String(repeating: "0", count: 31),
        ] {
            #expect(RowDigest(hex: wrong, rows: 0) == nil)
        }
        #expect(RowDigest(hex: whole.description, rows: -1) == nil)
    }
}
