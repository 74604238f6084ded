import PostgresBinary
import Testing

@Suite struct CalendarDateTests {
    @Test("every day of the calendar's ends and middle goes to year, month, day and back")
    func everyDay() throws {
        for range in [-2_451_545 ... -2_450_000, -800_000 ... -700_000, -1000...10_000, 2_145_030_000...2_145_031_948] {
            for days in range {
                let date = try #require(CalendarDate(daysSince2000: days))
                #expect(CalendarDate(year: date.year, month: date.month, day: date.day) == date)
                if days % 97 == 0 { #expect(CalendarDate(date.description) == date) }
            }
        }
    }

    @Test("arithmetic crosses leap days, and ends in infinity")
    func arithmetic() throws {
        let day = try #require(CalendarDate("2024-02-28"))
        #expect((day + 1).description == "2024-02-29")
        #expect((day + 2).description == "2024-03-01")
        #expect((day - 59).description == "2023-12-31")
        #expect(day + 366 - day == 366)
        #expect(day + .max == .infinity)
        #expect(day - .max == .negativeInfinity)
        #expect(day - .min == .negativeInfinity)
        #expect(.infinity + 1 == CalendarDate.infinity)
        #expect((day...day + 3).map(\.day) == [28, 29, 1, 2])
        #expect(CalendarDate.last + 1 == .infinity)
        #expect(CalendarDate.negativeInfinity < .first)
    }

    @Test(
        "only the form that is printed is read",
        arguments: ["2024-02-29", "0001-01-01", "0001-12-31 BC", "12024-01-01", "infinity", "-infinity"])
    func text(_ text: String) {
        #expect(CalendarDate(text)?.description == text)
    }

    @Test(
        "days that do not exist and other forms are refused",
        arguments: [
            "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "2024-1-1", "24-01-01", "0000-01-01",
            "02024-01-01",
            "2024-01-01 ", "2024/01/01", "20240101", "", "--", "2024-01-01-01", "+2024-01-01", "5874898-01-01", "4714-11-23 BC",
            "9999999999-01-01", "epoch",
        ])
    func notADate(_ text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test("a timestamp lies in its day, before 2000 as after")
    func timestamps() throws {
        for days in [-2_451_545, -1, 0, 1, 8766] {
            let date = try #require(CalendarDate(daysSince2000: days))
            let start = try #require(Timestamp(startOf: date))
            #expect(start.date == date)
            #expect(Timestamp(microsecondsSince2000: start.microsecondsSince2000 + 86_399_999_999)?.date == date)
        }
        #expect(Timestamp.infinity.date == .infinity)
        #expect(Timestamp(startOf: .negativeInfinity) == .negativeInfinity)
        #expect(Timestamp(startOf: .last) == nil)
    }
}
