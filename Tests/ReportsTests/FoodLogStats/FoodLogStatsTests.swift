import PostgresBinary
import Reports
import Testing

@Suite("The food-log report")
struct FoodLogStatsTests {
    private let bounds: DayBounds
    private let noon: TimestampTZ

    init() throws {
        let day = try #require(CalendarDate("2025-09-24"))
        let midnight = try #require(Timestamp(startOf: day)).microsecondsSince2000
        bounds = try #require(DayBounds(days: [day, day + 1], instants: [0, 1, 2].map { midnight + $0 * 86_400_000_000 }))
        noon = TimestampTZ(utc: try #require(Timestamp(microsecondsSince2000: midnight + 43_200_000_000)))
    }

    private func log(_ id: Int32, location: Field = 1, item: Field = 10, pan: Field = nil, quantity: Field = nil, at: TimestampTZ? = nil)
        -> [Field]
    {
        [.int(id), location, item, pan, nil, nil, "valid", quantity, .instant(at ?? noon), nil]
    }

    /// The stations of the rows made for one log of item 10 at location 1.
    private func stations(_ menu: [[Field]]) throws -> [String?] {
        var feed = SliceFeed<FoodLogStats>(bounds)
        try feed.feed("phood_station", [1, "Grill"], [2, "Soup"], [3, "Soup"], [4, nil])
        for row in menu { try feed.feed("phood_menuitem", row) }
        try feed.feed("phood_foodlogsum", log(7))
        let rows = try feed.texts()
        #expect(rows.allSatisfy { $0[0] == "7" })
        return rows.map { $0[2] }
    }

    @Test("has one row without a station where the item is on no menu of the location")
    func withoutMenu() throws {
        #expect(try stations([]) == [nil])
        #expect(try stations([[10, 2, 1], [11, 1, 1]]) == [nil])
        #expect(try stations([[nil, 1, 1], [10, nil, 1]]) == [nil])
    }

    @Test("has one row a distinct station, however often the menu repeats it")
    func fansOut() throws {
        #expect(try stations([[10, 1, 1], [10, 1, 2], [10, 1, 1], [10, 1, 2]]) == ["Grill", "Soup"])
        // Two stations of one name are two.
        #expect(try stations([[10, 1, 2], [10, 1, 3]]) == ["Soup", "Soup"])
    }

    @Test("counts a menu row without a station, or with one that is not there, as a station of its own without a name")
    func nullStations() throws {
        #expect(try stations([[10, 1, nil]]) == [nil])
        #expect(try stations([[10, 1, nil], [10, 1, nil], [10, 1, 1], [10, 1, 99], [10, 1, 4]]) == [nil, "Grill", nil, nil])
    }

    @Test("finds the stations of each of many places, whatever their ids")
    func manyPlaces() throws {
        let ids: [Int32] = (0..<40).map { $0 } + [.min, .max, -1, 1 << 16, 1 << 24, 7_000_000]
        var feed = SliceFeed<FoodLogStats>(bounds)
        let stations = (Int32(1)...9).map { [Field.int($0), .text("Station \($0)")] }
        for station in stations { try feed.feed("phood_station", station) }
        var expected: [Int32: Set<String?>] = [:]
        var number: Int32 = 0
        for (place, item) in ids.enumerated() {
            for (offset, location) in ids.enumerated() {
                number += 1
                let served = (0..<(place + offset) % 4).map { Int32(1 + ($0 * 5 + place) % 9) }
                for station in served + served { try feed.feed("phood_menuitem", [.int(item), .int(location), .int(station)]) }
                expected[number] = served.isEmpty ? [nil] : Set(served.map { "Station \($0)" })
                try feed.feed("phood_foodlogsum", log(number, location: .int(location), item: .int(item)))
            }
        }
        let rows = try feed.texts()
        #expect(rows.count == expected.values.reduce(0) { $0 + $1.count })
        let found = Dictionary(grouping: rows) { $0[0].flatMap { Int32($0) } ?? 0 }.mapValues { Set($0.map { $0[2] }) }
        #expect(found == expected)
    }

    @Test("wants its facts by store, in the order of their names, then by item; logs of no store last")
    func ranks() throws {
        var feed = SliceFeed<FoodLogStats>(bounds)
        try feed.feed("phood_location", [1, "b", nil], [2, "é", nil], [3, "", nil], [4, nil, nil], [5, "a", nil])
        try feed.finish()
        let logs = [
            log(1, location: 5, item: 2), log(2, location: 5, item: 10), log(3, location: 1, item: 1), log(4, location: 2, item: 1),
            log(5, location: nil, item: 1), log(6, location: 99, item: 2), log(7, location: 4, item: nil),
        ]
        let ranks = try logs.map { try #require(try feed.rank($0, of: "phood_foodlogsum")) }
        #expect(zip(ranks.prefix(4), ranks.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ranks.suffix(3).allSatisfy { $0 >> 16 == UInt32(UInt16.max) })
    }

    @Test("joins dimensions that are there, and has nulls for those that are not")
    func joins() throws {
        var feed = SliceFeed<FoodLogStats>(bounds)
        try feed.feed("phood_region", [5, "North"])
        try feed.feed("phood_location", [1, "Store \t“1”\n", 5], [2, "Store 2", nil], [3, "Store 3", 99])
        try feed.feed("phood_foodcategory", [8, "Fruit"])
        let price = try #require(Numeric("1.2500"))
        try feed.feed(
            "phood_inventoryitem", [10, "Äpfel", "c-1", 8, .number(price), nil, .number(.nan)], [11, "Pie", nil, nil, nil, nil, nil])
        try feed.feed("phood_pan", [1, .number(try #require(Numeric("0.5"))), "Pan"], [2, nil, "Pan 2"])
        let quantity = Field.number(try #require(Numeric("2.000")))
        try feed.feed(
            "phood_foodlogsum", log(1, pan: 1, quantity: quantity), log(2, location: 2, item: 11, pan: 2, quantity: quantity),
            log(3, location: 3, item: nil, quantity: .number(.infinity)), log(4, location: nil, pan: 1))
        let rows = try feed.texts()
        #expect(
            rows[0] == [
                "1", "Store \t“1”\n", nil, "valid", "North", nil, nil, "Äpfel", "2.000", "0.5", "Pan", "1.500", "Fruit", "1.2500", nil,
                "NaN",
                nil, "c-1", "2025-09-24 12:00:00+00", nil,
            ])
        #expect(rows[1][4] == nil && rows[1][9...12] == [nil, "Pan 2", nil, nil])
        #expect(rows[2][1] == "Store 3" && rows[2][4] == nil && rows[2][7] == nil && rows[2][8] == "Infinity" && rows[2][11] == nil)
        #expect(rows[3][1] == nil && rows[3][9...11] == ["0.5", "Pan", nil])
    }

    @Test("puts a log on the day of its time, and refuses one of another day")
    func placesDays() throws {
        var feed = SliceFeed<FoodLogStats>(bounds)
        let at = { (microseconds: Int64) in TimestampTZ(utc: try #require(Timestamp(microsecondsSince2000: microseconds))) }
        try feed.feed("phood_foodlogsum", log(1, at: try at(bounds.instants[1] - 1)), log(2, at: try at(bounds.instants[1])))
        let error = #expect(throws: ReportError.self) { try feed.feed("phood_foodlogsum", log(3, at: try at(bounds.instants[2]))) }
        #expect(error?.code == .rowOutsideDay)
        #expect(throws: ReportError.self) { try feed.feed("phood_foodlogsum", log(4, at: .infinity)) }
        #expect(try feed.texts(ofDay: 0).map { $0[0] } == ["1"])
        #expect(try feed.texts(ofDay: 1).map { $0[0] } == ["2"])
    }

    @Test("refuses a dimension whose ids repeat")
    func refusesDuplicates() throws {
        var feed = SliceFeed<FoodLogStats>(bounds)
        let error = #expect(throws: ReportError.self) { try feed.feed("phood_pan", [1, nil, "a"], [1, nil, "b"]) }
        #expect(error?.code == .invalidDimension)
    }

    @Test("has the columns of its template, each with a table's column or a sum behind it")
    func columns() {
        #expect(FoodLogStats.columns.count == 20)
        #expect(FoodLogStats.tables.last?.dayColumn == "logged_time")
        #expect(FoodLogStats.tables.dropLast().allSatisfy { $0.dayColumn == nil })
    }
}
