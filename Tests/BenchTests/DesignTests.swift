import Ingest
import PostgresBinary
import Sizing
import Testing

@testable import Bench

@Suite("Which cells are measured")
struct DesignTests {
    private let base: Load
    private let half: Load

    init() throws {
        let first = try #require(CalendarDate("2025-09-01"))
        base = Load(label: "the usual load", tenants: ["a", "b", "c"], days: first...(first + 7))
        half = base.newest(4, "half of the days")
    }

    @Test("the usual load with all streams, others with one and two, and each end taken away once")
    func cells() {
        let design = Design(base: base, others: [half], streams: [1, 2, 4], fewerCores: [1], slowsDisk: true)
        let labels = design.cells.map(\.label)
        #expect(
            labels == [
                "the usual load, 1 stream", "the usual load, 2 streams", "the usual load, 4 streams", "half of the days, 1 stream",
                "half of the days, 2 streams", "the usual load, 2 streams, 1 core", "the usual load, 2 streams, slow disk",
                "the usual load, 2 streams, null source", "the usual load, 2 streams, null sink",
            ])
        #expect(design.loads == [base, half] && half.dayCount == 4 && half.days.upperBound == base.days.upperBound)
    }

    @Test("a round has each cell once, in an order that is the round's own and the same in every benchmark")
    func rounds() {
        let design = Design(base: base, others: [half], streams: [1, 2, 4], fewerCores: [])
        let (first, second) = (design.shuffled(round: 1), design.shuffled(round: 2))
        #expect(Set(first) == Set(design.cells) && first.count == design.cells.count && first != second)
        #expect(first == design.shuffled(round: 1))
    }

    @Test(
        "streams are shared evenly among servers",
        arguments: [(1, 3, 1, 1), (2, 3, 2, 1), (4, 3, 2, 2), (4, 1, 1, 4), (4, 8, 4, 1), (3, 2, 1, 3)])
    func streams(streams: Int, replicas: Int, atOnce: Int, each: Int) {
        let limits = Limits(streams: streams, replicas: replicas)
        #expect(limits.replicas == atOnce && limits.streamsPerReplica == each && limits.loaders == streams)
    }

    @Test("streams double up to the most")
    func doubling() { #expect(Subject.doubling(to: 1) == [1] && Subject.doubling(to: 5) == [1, 2, 4]) }

    @Test("days are the newest that are known, as many as make the rows, and not beyond a gap")
    func days() throws {
        let last = base.days.upperBound
        let known = KnownRows(rows: ["a": [last: 10, last - 1: 10, last - 3: 10], "b": [last: 5, last - 1: 5]])
        #expect(try known.newest(nil, rows: 10) == last...last)
        #expect(try known.newest(nil, rows: 16) == (last - 1)...last)
        #expect(try known.newest(nil, rows: 1000) == (last - 1)...last)
        #expect(try known.newest(5, rows: 1) == (last - 4)...last)
        #expect(throws: BenchError.self) { try KnownRows(rows: ["a": [last: 0]]).newest(nil, rows: 10) }
    }

    @Test("other loads have fewer days and the smaller half of the tenants, and the larger one where they differ in rows a day")
    func others() {
        let last = base.days.upperBound
        let even = KnownRows(rows: ["a": [last: 10], "b": [last: 10], "c": [last: 10]])
        #expect(even.others(than: base).map(\.tenants) == [["a", "b", "c"], ["a"]])
        let uneven = KnownRows(rows: ["a": [last: 10], "b": [last: 100], "c": [last: 1]])
        #expect(uneven.others(than: base).map(\.tenants) == [["a", "b", "c"], ["c"], ["b"]])
    }
}
