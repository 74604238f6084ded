import PostgresBinary
import Reports
import Testing

@Suite("The days of a slice")
struct DayBoundsTests {
    private static let hour: Int64 = 3_600_000_000

    /// Days of the given hours, the first beginning `offset` hours after midnight UTC.
    private func bounds(from first: String, hours: [Int64], offset: Int64 = 0) throws -> DayBounds {
        let day = try #require(CalendarDate(first))
        var instants = [Int64(day.daysSince2000) * 24 * Self.hour + offset * Self.hour]
        for length in hours { instants.append(instants[instants.count - 1] + length * Self.hour) }
        return try #require(DayBounds(days: hours.indices.map { day + $0 }, instants: instants))
    }

    private func instant(_ microseconds: Int64) throws -> TimestampTZ {
        TimestampTZ(utc: try #require(Timestamp(microsecondsSince2000: microseconds)))
    }

    @Test(
        "take an instant to its day, each from its first microsecond to its last",
        arguments: [
            ("2025-09-24", [24, 24, 24], 0), ("1999-12-30", [24, 24, 24, 24], 0), ("2024-03-08", [24, 24, 23, 24, 24], 6),
            ("2024-11-01", [24, 24, 25, 24, 24], 5), ("2025-01-01", [24], -14),
        ] as [(String, [Int64], Int64)])
    func placesInstants(_ first: String, _ hours: [Int64], _ offset: Int64) throws {
        let bounds = try bounds(from: first, hours: hours, offset: offset)
        for day in hours.indices {
            #expect(try bounds.index(of: instant(bounds.instants[day])) == day)
            #expect(try bounds.index(of: instant(bounds.instants[day + 1] - 1)) == day)
            #expect(try bounds.index(of: instant(bounds.instants[day] + 12 * Self.hour)) == day)
        }
        #expect(try bounds.index(of: instant(bounds.instants[0] - 1)) == nil)
        #expect(try bounds.index(of: instant(bounds.instants[hours.count])) == nil)
    }

    @Test("take a local time and a date to its day, before 2000 too", arguments: ["2024-03-10", "1999-12-31", "0001-01-01"])
    func placesLocalTimes(_ first: String) throws {
        let bounds = try bounds(from: first, hours: [23, 24])
        let midnight = try #require(Timestamp(startOf: bounds.first)).microsecondsSince2000
        let index = { (offset: Int64) in bounds.index(of: try #require(Timestamp(microsecondsSince2000: midnight + offset))) }
        #expect(try index(-1) == nil)
        #expect(try index(0) == 0)
        // Local days have 24 hours on the clock's face, whatever the clock did.
        #expect(try index(24 * Self.hour - 1) == 0)
        #expect(try index(24 * Self.hour) == 1)
        #expect(try index(48 * Self.hour) == nil)
        #expect(bounds.index(of: bounds.first) == 0 && bounds.index(of: bounds.first + 1) == 1)
        #expect(bounds.index(of: bounds.end) == nil && bounds.index(of: bounds.first - 1) == nil)
    }

    @Test("hold no infinity, whatever the axis, nor PostgreSQL's last time", arguments: ["2025-09-24", "1999-12-31", "0001-01-01"])
    func refusesInfinities(_ first: String) throws {
        let bounds = try bounds(from: first, hours: [24])
        #expect(bounds.index(of: TimestampTZ.infinity) == nil && bounds.index(of: TimestampTZ.negativeInfinity) == nil)
        #expect(bounds.index(of: Timestamp.infinity) == nil && bounds.index(of: Timestamp.negativeInfinity) == nil)
        // 294276-12-31, so far from a day before 2000 that 64 bits do not hold the distance.
        let last = try #require(Timestamp(microsecondsSince2000: 9_223_371_331_199_999_999))
        #expect(bounds.index(of: last) == nil && bounds.index(of: TimestampTZ(utc: last)) == nil)
        #expect(bounds.index(of: CalendarDate.infinity) == nil && bounds.index(of: CalendarDate.negativeInfinity) == nil)
    }

    @Test(
        "that a zone left out hold no instant, and the days beside them hold theirs",
        arguments: [[24, 0, 24], [0, 24, 24], [24, 24, 0], [0]])
    func skippedDays(_ hours: [Int64]) throws {
        let bounds = try bounds(from: "2011-12-29", hours: hours, offset: 10)
        let end = bounds.instants[hours.count]
        for value in stride(from: bounds.instants[0], to: end, by: 1_800_000_000) {
            let day = try #require(try bounds.index(of: instant(value)))
            #expect(hours[day] > 0 && (bounds.instants[day]..<bounds.instants[day + 1]).contains(value))
        }
        #expect(try bounds.index(of: instant(end)) == nil)
    }

    @Test("are consecutive, not empty, and none begins before the one before it")
    func checksItself() throws {
        let day = try #require(CalendarDate("2025-09-24"))
        #expect(DayBounds(days: [], instants: [0]) == nil)
        #expect(DayBounds(days: [day], instants: [0]) == nil)
        #expect(DayBounds(days: [day], instants: [1, 0]) == nil)
        #expect(DayBounds(days: [day, day + 2], instants: [0, 1, 2]) == nil)
        #expect(DayBounds(days: [day + 1, day], instants: [0, 1, 2]) == nil)
        #expect(DayBounds(days: [.infinity, .infinity], instants: [0, 1, 2]) == nil)
        #expect(DayBounds(days: [day, day + 1], instants: [0, 1, 2])?.end == day + 2)
    }
}
