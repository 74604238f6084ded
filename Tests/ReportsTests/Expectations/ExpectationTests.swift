import Reports
import Testing

@Suite("A report's expectations")
struct ExpectationTests {
    private func parse(_ text: String) throws -> [Reports.Expectation] {
        try Reports.Expectation.parse(
            text, columns: [ReportColumn("id", .int4), ReportColumn("weight", .numeric), ReportColumn("at", .timestamp)])
    }

    @Test("are read as they are written, and fail a day unless they only warn")
    func reads() throws {
        let found = try parse(
            """
            [{"check": "not_null", "column": "id"}, {"check": "unique", "columns": ["id", "at"], "on_failure": "fail"},
             {"check": "range", "column": "weight", "min": 0, "max": 99.50, "on_failure": "warn"},
             {"check": "range", "column": "at", "min": "2020-01-01"}, {"check": "range", "column": "weight", "max": 1e3},
             {"check": "row_count", "min_ratio": 0.5, "max_ratio": 2, "weeks": 6}, {"check": "row_count", "max_ratio": 3}]
            """)
        #expect(
            found == [
                Reports.Expectation(.notNull(column: "id")), Reports.Expectation(.unique(columns: ["id", "at"])),
                Reports.Expectation(.range(column: "weight", minimum: "0", maximum: "99.5"), onFailure: .warn),
                Reports.Expectation(.range(column: "at", minimum: "2020-01-01", maximum: nil)),
                Reports.Expectation(.range(column: "weight", minimum: nil, maximum: "1000")),
                Reports.Expectation(.rowCount(minimumRatio: 0.5, maximumRatio: 2, weeks: 6)),
                Reports.Expectation(.rowCount(minimumRatio: nil, maximumRatio: 3, weeks: 4)),
            ])
        #expect(try parse("[]").isEmpty)
    }

    @Test("keep every digit of a bound", arguments: ["12345678901234567890.123456789", "9223372036854775807", "-0.1"])
    func exactBounds(_ number: String) throws {
        let found = try parse(#"[{"check": "range", "column": "weight", "min": \#(number)}]"#)
        #expect(found == [Reports.Expectation(.range(column: "weight", minimum: number, maximum: nil))])
    }

    @Test(
        "that are not exactly so are refused, and the message says what is wrong",
        arguments: [
            ("{}", "expectations are not a JSON array"), ("nonsense", "expectations are not a JSON array"),
            (#"["not_null"]"#, "expectation 1 is a string, not an object"), ("[{}]", "expectation 1: check is missing"),
            (#"[{"check": 1}]"#, "expectation 1: check is a number, not a string"),
            (#"[{"check": "not_null", "column": "id"}, {"check": "notnull"}]"#, "expectation 2: there is no check notnull"),
            (#"[{"check": "not_null"}]"#, "expectation 1: column is missing"),
            (#"[{"check": "not_null", "column": "ID"}]"#, "expectation 1: there is no column ID"),
            (#"[{"check": "not_null", "column": ["id"]}]"#, "expectation 1: column is an array, not a string"),
            (#"[{"check": "not_null", "column": "id", "colum": 1}]"#, "expectation 1: not_null has no colum"),
            (#"[{"check": "not_null", "column": "id", "on_failure": "ignore"}]"#, "expectation 1: on_failure is ignore, not fail or warn"),
            (#"[{"check": "not_null", "column": "id", "on_failure": true}]"#, "expectation 1: on_failure is a boolean, not a string"),
            (#"[{"check": "unique", "columns": []}]"#, "expectation 1: columns is not an array of column names"),
            (#"[{"check": "unique", "columns": "id"}]"#, "expectation 1: columns is not an array of column names"),
            (#"[{"check": "unique", "columns": ["id", 1]}]"#, "expectation 1: columns holds a number, not a column name"),
            (#"[{"check": "unique", "columns": ["id", "id"]}]"#, "expectation 1: columns names id twice"),
            (#"[{"check": "range", "column": "id"}]"#, "expectation 1: range has neither min nor max"),
            (#"[{"check": "range", "column": "id", "min": null}]"#, "expectation 1: min is null, not a number or a string"),
            (#"[{"check": "range", "column": "id", "max": {}}]"#, "expectation 1: max is an object, not a number or a string"),
            (#"[{"check": "row_count"}]"#, "expectation 1: row_count has neither min_ratio nor max_ratio"),
            (#"[{"check": "row_count", "min_ratio": "0.5"}]"#, "expectation 1: min_ratio is a string, not a number"),
            (#"[{"check": "row_count", "min_ratio": -1}]"#, "expectation 1: min_ratio is less than 0"),
            (#"[{"check": "row_count", "min_ratio": 2, "max_ratio": 1}]"#, "expectation 1: min_ratio is greater than max_ratio"),
            (#"[{"check": "row_count", "min_ratio": 1, "weeks": 0}]"#, "expectation 1: weeks is not a whole number from 1 to 520"),
            (#"[{"check": "row_count", "min_ratio": 1, "weeks": 1.5}]"#, "expectation 1: weeks is not a whole number from 1 to 520"),
        ])
    func refuses(_ text: String, _ message: String) {
        let error = #expect(throws: ReportError.self) { try parse(text) }
        #expect(error?.code == .invalidExpectations)
        #expect(error?.message == message)
    }

    @Test("are part of a report's definition, and may be about the day that the engine adds")
    func definition() throws {
        var source = ReportDefinition.Source(
            name: "r", description: "", query: "SELECT {TARGET_DATE}", columns: [ReportColumn("id", .int4)], indexes: "", version: "v")
        source.expectations = #"[{"check": "unique", "columns": ["id", "report_day"]}]"#
        #expect(try ReportDefinition(source).expectations == [Reports.Expectation(.unique(columns: ["id", "report_day"]))])
    }
}
