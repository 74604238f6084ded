@testable import PostgresBinary
import Testing

@Suite struct BucketDigestsTests {
    /// A row that is not encoded: its key and a hash.
    private typealias Row = (key: Int64, hash: UInt64)

    private func digests(_ rows: [Row]) -> BucketDigests {
        rows.reduce(into: BucketDigests()) { $0.add($1.hash, key: $1.key) }
    }

    /// Rows with keys of all kinds: in a row, scattered, negative, at the ends of their type.
    private func rows(_ count: Int, _ generator: inout SeededGenerator) -> [Row] {
        let first = Int64(truncatingIfNeeded: generator.nextOfAnySize())
        let ends: [Int64] = [.min, .max, -1, 0, Int64(Int32.min), Int64(Int16.min)]
        return (0..<count).map { number in
            let key =
                switch number % 4 {
                case 0: first &+ Int64(number)
                case 1: -Int64(number)
                case 2: Int64(truncatingIfNeeded: generator.nextOfAnySize())
                default: ends[number / 4 % ends.count]
                }
            return (key, generator.next())
        }
    }

    @Test(
        "neither the order of rows nor their division into buckets matters to what they fold to", arguments: 1...20 as ClosedRange<UInt64>)
    func folds(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rows = rows(Int.random(in: 0...2000, using: &generator), &generator)
        let whole = digests(rows)
        #expect(digests(rows.shuffled(using: &generator)) == whole)
        for size in [0, 128, 129, 1000, 65_536, 10_000_000] {
            let folded = whole.folded(forRows: size)
            var expected = [UInt64](repeating: 0, count: folded.count)
            for row in rows { expected[BucketDigests.bucket(of: row.key, count: folded.count)] &+= row.hash }
            #expect(folded.sums == expected)
        }
    }

    @Test("a day gets about a bucket for eight rows, within limits")
    func counts() {
        let counts = [0: 16, 128: 16, 136: 32, 5000: 1024, 50_000: 8192, 65_536: 8192, 10_000_000: 8192]
        for (rows, count) in counts { #expect(BucketDigests().folded(forRows: rows).count == count, "\(rows)") }
    }

    @Test("keys that follow each other share a bucket, eight of them, negative ones too")
    func neighbours() {
        for key in stride(from: -64 as Int64, to: 64, by: 8) {
            let bucket = BucketDigests.bucket(of: key, count: 16)
            #expect((key..<key + 8).allSatisfy { BucketDigests.bucket(of: $0, count: 16) == bucket })
            #expect(BucketDigests.bucket(of: key + 8, count: 16) != bucket)
        }
    }

    @Test(
        "exactly the buckets of rows that changed, came or went differ, whatever number of buckets each side has",
        arguments: 1...20 as ClosedRange<UInt64>)
    func differences(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let all = rows(3000, &generator)
        let before = digests(all)
        #expect(before.differing(from: before, atMost: 1) == nil)
        let places = Set(all.indices.shuffled(using: &generator).prefix(20))
        let touched = Set(places.map { all[$0].key })
        let rows = all.indices.flatMap { place -> [Row] in
            let row = all[place]
            guard places.contains(place) else { return [row] }
            return [[(row.key, generator.next())], [], [row, (row.key, generator.next())]][Int.random(in: 0..<3, using: &generator)]
        }
        let after = digests(rows)
        for (old, new) in [(100, 100), (100, 100_000), (100_000, 100), (3000, 5000)] {
            let (one, other) = (before.folded(forRows: old), after.folded(forRows: new))
            let found = try #require(other.differing(from: one, atMost: 1))
            #expect(found.count == min(one.count, other.count))
            #expect(found.buckets == Set(touched.map { BucketDigests.bucket(of: $0, count: found.count) }).sorted())
            #expect(touched.allSatisfy(found.contains(key:)))
            #expect(rows.filter { found.contains(key: $0.key) }.count < rows.count || found.count == 16)
        }
    }

    @Test("more buckets than a share of those that have rows are no answer")
    func share() {
        let keys = (0..<8).map { Int64($0 * 8) }
        let before = digests(keys.map { ($0, 1) })
        func after(_ changed: Int) -> BucketDigests { digests(keys.enumerated().map { ($1, $0 < changed ? 2 : 1) }) }
        #expect(after(2).differing(from: before, atMost: 0.25)?.buckets == [0, 1])
        #expect(after(3).differing(from: before, atMost: 0.25) == nil)
        // A row that came is in a bucket of its own.
        var more = before
        more.add(1, key: 8000)
        #expect(more.differing(from: before, atMost: 0.25)?.buckets == [1000])
    }

    @Test("the hexadecimal form goes both ways, and nothing else is taken for one")
    func text() throws {
        var generator = SeededGenerator(seed: 1)
        for size in [0, 1000, 100_000] {
            let digests = digests(rows(500, &generator)).folded(forRows: size)
            #expect(digests.hex.utf8.count == digests.count * 16)
            #expect(BucketDigests(hex: digests.hex) == digests)
        }
        let zeros = { String(repeating: "0", count: $0) }
        #expect(BucketDigests(hex: zeros(256)) == BucketDigests().folded(forRows: 0))
        let wrong = [
            "", "0", zeros(128), zeros(255), zeros(257), zeros(16 * 17), zeros(16 * 24), zeros(16 * 16_384), "\\x" + zeros(254),
            "A" + zeros(255), "g" + zeros(255), "é" + zeros(254),
        ]
        for text in wrong { #expect(BucketDigests(hex: text) == nil, "\(text.prefix(20)) \(text.utf8.count)") }
    }

    @Test("they agree with the digest of their rows and with that of no others")
    func agreement() {
        var generator = SeededGenerator(seed: 3)
        var (digest, digests) = (RowDigest(), BucketDigests())
        #expect(digests.agree(with: digest))
        for number in 0..<500 {
            let tuple = generator.bytes(number)
            digests.add(digest.add(tuple.span.bytes), key: Int64(number))
        }
        #expect(digests.agree(with: digest) && digests.folded(forRows: 500).agree(with: digest))
        digest.add([1].span.bytes)
        #expect(!digests.agree(with: digest))
    }

    @Test("a key is an integer of any width at any place; NULL, another width and a row cut short are none")
    func keys() {
        var writer = CopyBinaryWriter(capacity: 64)
        writer.beginRow(fieldCount: 6)
        writer.write(-2 as Int16)
        writer.writeNull()
        writer.write("text")
        writer.write(-3_000_000 as Int32)
        writer.write(Int64.min)
        writer.write(true)
        let expected: [Int64?] = [-2, nil, nil, -3_000_000, .min, nil, nil]
        for (field, key) in expected.enumerated() where field != 2 {
            #expect(BucketDigests.key(of: writer.lastRow, field: field) == key, "\(field)")
        }
        let tuple = [UInt8](writer.lastRow)
        for length in tuple.indices {
            for field in 0..<8 { _ = BucketDigests.key(of: Array(tuple[..<length]).span.bytes, field: field) }
        }
        var generator = SeededGenerator(seed: 7)
        for length in 0..<200 { _ = BucketDigests.key(of: generator.bytes(length).span.bytes, field: length % 9) }
    }

    @Test("a selection says the same in SQL")
    func condition() throws {
        var after = BucketDigests()
        after.add(1, key: 17)
        after.add(1, key: -1)
        let selection = try #require(after.differing(from: BucketDigests().folded(forRows: 0), atMost: 1))
        #expect(selection.condition(on: "\"id\"") == #"(("id"::bigint >> 3) & 15) = ANY ('{2,15}'::bigint[])"#)
    }
}
