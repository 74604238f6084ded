import PostgresBinary
import Reports
import Testing

@Suite("The daily store summary")
struct DailyStoreSummaryTests {
    @Test("counts every log and sums the quantities there are, a store without one having none")
    func sums() throws {
        let day = try #require(CalendarDate("2025-09-24"))
        let midnight = try #require(Timestamp(startOf: day)).microsecondsSince2000
        let bounds = try #require(DayBounds(days: [day, day + 1], instants: [0, 1, 2].map { midnight + $0 * 86_400_000_000 }))
        let first = TimestampTZ(utc: try #require(Timestamp(microsecondsSince2000: midnight)))
        let second = TimestampTZ(utc: try #require(Timestamp(microsecondsSince2000: midnight + 86_400_000_000)))
        let number = { (text: String) in Field.number(try #require(Numeric(text))) }

        var feed = SliceFeed<DailyStoreSummary>(bounds)
        try feed.feed("phood_location", [1, "One"], [2, "Two"])
        try feed.feed(
            "phood_foodlogsum", [1, try number("1.5"), .instant(first)], [1, try number("2.250"), .instant(first)],
            [1, nil, .instant(first)],
            [2, nil, .instant(first)], [nil, try number("-3"), .instant(first)], [9, try number("NaN"), .instant(second)])
        try feed.finish()
        let rows = Set(try feed.texts())
        #expect(
            rows == [
                ["2025-09-24", "1", "One", "3", "3.750"], ["2025-09-24", "2", "Two", "1", nil], ["2025-09-24", nil, nil, "1", "-3"],
            ])
        #expect(try feed.texts(ofDay: 1) == [["2025-09-25", "9", nil, "1", "NaN"]])
    }

    @Test("gives the sums of each read of facts by themselves: days are read one after the other, and some twice")
    func readTwice() throws {
        let day = try #require(CalendarDate("2025-09-24"))
        let midnight = try #require(Timestamp(startOf: day)).microsecondsSince2000
        let bounds = try #require(DayBounds(days: [day, day + 1], instants: [0, 1, 2].map { midnight + $0 * 86_400_000_000 }))
        let instants = try [0, 86_400_000_000].map {
            TimestampTZ(utc: try #require(Timestamp(microsecondsSince2000: midnight + $0)))
        }
        var feed = SliceFeed<DailyStoreSummary>(bounds)
        try feed.feed("phood_location", [1, "One"])
        for instant in instants {
            try feed.feed("phood_foodlogsum", [1, nil, .instant(instant)])
            try feed.finish()
        }
        #expect(try (0...1).map { try feed.texts(ofDay: $0).count } == [1, 1])
    }
}
