import Reports
import Testing

@Suite("A report's query")
struct QueryTemplateTests {
    private func rendered(_ text: String, to end: String = "2025-09-25") throws -> String {
        try QueryTemplate(parsing: text).query(from: "2025-09-24", to: end)
    }

    @Test("knows where each character of a rendered query stands in the template, whatever was put in or left out before it")
    func places() throws {
        let text = "-- a comment\n\n/* and\nanother */ SELECT 'ä{TARGET_DATE}', {TARGET_DATE},\n  x -- y\n  FROM here"
        let template = try QueryTemplate(parsing: text)
        let query = try rendered(text)
        for (word, line, column) in [("SELECT", 4, 12), ("2025", 4, 21), ("'2025", 4, 37), ("x", 5, 3), ("FROM", 6, 3), ("here", 6, 8)] {
            let found = try #require(query.ranges(of: word).first.map { query[..<$0.lowerBound].unicodeScalars.count })
            let place = template.place(of: found + 1, from: "2025-09-24", to: "2025-09-25")
            #expect(place?.line == line && place?.column == column, "\(word): \(String(describing: place))")
        }
        #expect(template.place(of: query.unicodeScalars.count + 1, from: "2025-09-24", to: "2025-09-25") == nil)
        #expect(template.place(of: 0, from: "2025-09-24", to: "2025-09-25") == nil)
    }

    @Test(
        "gets the date wherever the placeholder stands for a value, as a constant where it is not in one already",
        arguments: [
            ("SELECT '{TARGET_DATE}'::date", "SELECT '2025-09-24'::date"),
            ("SELECT {TARGET_DATE}::date", "SELECT '2025-09-24'::date"),
            ("SELECT date{TARGET_DATE}", nil),
            ("SELECT 'day {TARGET_DATE} 00:00'::timestamp", "SELECT 'day 2025-09-24 00:00'::timestamp"),
            ("SELECT E'\\'{TARGET_DATE}'", "SELECT E'\\'2025-09-24'"),
            ("SELECT 'it''s {TARGET_DATE}'", "SELECT 'it''s 2025-09-24'"),
            ("SELECT $q$ {TARGET_DATE} $q$", "SELECT $q$ 2025-09-24 $q$"),
            ("SELECT {TARGET_DATE}, '{TARGET_DATE}{TARGET_DATE}'", "SELECT '2025-09-24', '2025-09-242025-09-24'"),
            ("SELECT 1 WHERE d>={TARGET_DATE}::date+1", "SELECT 1 WHERE d>='2025-09-24'::date+1"),
        ] as [(String, String?)])
    func rendersDay(_ text: String, _ expected: String?) throws {
        guard let expected else {
            #expect(throws: ReportError.self) { try rendered(text) }
            return
        }
        #expect(try rendered(text) == expected)
    }

    @Test("reads a day with {TARGET_DATE}, and a slice with {WINDOW_START} and {WINDOW_END}, the day after the last")
    func spans() throws {
        #expect(try QueryTemplate(parsing: "SELECT {TARGET_DATE}").span == .day)
        let window = "SELECT 1 WHERE d >= {WINDOW_START} AND d < '{WINDOW_END}'::date"
        #expect(try QueryTemplate(parsing: window).span == .window)
        #expect(try rendered(window, to: "2025-10-04") == "SELECT 1 WHERE d >= '2025-09-24' AND d < '2025-10-04'::date")
    }

    @Test("loses a semicolon and comments at its end, and comments within become one blank")
    func trimsItsEnd() throws {
        #expect(try rendered("SELECT {TARGET_DATE} ; -- the end\n/* really */ ;\n") == "SELECT '2025-09-24'")
        #expect(try rendered("SELECT/**/{TARGET_DATE}-- {TARGET_DATE} ;\n, 1") == "SELECT '2025-09-24' \n, 1")
        #expect(try rendered("-- first\nSELECT {TARGET_DATE}") == " \nSELECT '2025-09-24'")
    }

    @Test(
        "begins with SELECT, WITH, VALUES, TABLE or a parenthesis",
        arguments: ["SELECT", "with x as (select 1) select", "VALUES", "TABLE t where", "(select"])
    func opens(_ start: String) throws {
        #expect(throws: Never.self) { try QueryTemplate(parsing: start + " {TARGET_DATE}") }
    }

    @Test(
        "is refused when it is not one statement that returns rows, or does not say for which day",
        arguments: [
            "", "  -- nothing\n", ";", "SELECT 1", "SELECT '{TARGET_DAY}'", "SELECT '{target_date}'", "SELECT 1 -- {TARGET_DATE}",
            "SELECT 1 /* {TARGET_DATE} */", "SELECT \"{TARGET_DATE}\"", "SELECT \"a{TARGET_DATE}\", {TARGET_DATE}",
            "SELECT t_{TARGET_DATE}",
            "SELECT x.{TARGET_DATE}y", "SELECT {TARGET_DATE}; DELETE FROM t", "SELECT {TARGET_DATE};; SELECT 2",
            "DELETE FROM t WHERE d = {TARGET_DATE}",
            "COPY t TO PROGRAM 'x{TARGET_DATE}'", "EXPLAIN SELECT {TARGET_DATE}", "SELECT {WINDOW_START}", "SELECT {WINDOW_END}",
            "SELECT {TARGET_DATE}, {WINDOW_START}, {WINDOW_END}", "SELECT '{TARGET_DATE}", "SELECT {TARGET_DATE} /* open",
            "SELECT $a${TARGET_DATE}$b$",
            "SELECT U&\"{TARGET_DATE}\"",
        ])
    func refuses(_ text: String) throws {
        let error = #expect(throws: ReportError.self) { try QueryTemplate(parsing: text) }
        #expect(error?.code == .invalidQuery)
    }

    @Test("says what to write instead of a placeholder in a name")
    func hints() throws {
        let error = #expect(throws: ReportError.self) { try QueryTemplate(parsing: "SELECT 1 FROM log_{TARGET_DATE}") }
        #expect(error?.hint == "write '{TARGET_DATE}'::date")
    }
}
