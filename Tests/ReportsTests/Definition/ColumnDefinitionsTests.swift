import Reports
import Testing

@Suite("Column definitions")
struct ColumnDefinitionsTests {
    private func parsed(_ text: String) throws -> [String] {
        try ColumnDefinitions(parsing: text).entries.map { "\($0.name)|\($0.type)" }
    }

    @Test("are split at commas outside parentheses")
    func splits() throws {
        #expect(
            try parsed("id integer, weight numeric(12,3), tags text[],\n  at timestamp (3) with/**/time zone -- when\n, \"n,m\" varchar(5)")
                == ["id|integer", "weight|numeric(12,3)", "tags|text[]", "at|timestamp (3) with time zone", "n,m|varchar(5)"])
    }

    @Test("fold names as PostgreSQL does, and keep quoted ones")
    func foldsNames() throws {
        #expect(try parsed(#"ID int, "Id" int, "a ""b""" text, naïve text"#) == ["id|int", "Id|int", #"a "b"|text"#, "naïve|text"])
    }

    @Test("forgive one comma at the end") func forgivesComma() throws { #expect(try parsed("id int,") == ["id|int"]) }

    @Test("count the bytes of a name, of which 63 are allowed")
    func boundsNames() throws {
        let longest = String(repeating: "é", count: 31) + "x"
        #expect(try parsed("\(longest) int") == ["\(longest)|int"])
        #expect(throws: ReportError.self) { try parsed("\(longest)x int") }
    }

    @Test(
        "are refused without a name or type, with a name twice, or with a quote left open",
        arguments: [
            "id", "id int, , x int", "id int, ID text", #"id int, "id" text"#, "123 int", "'id' int", "(id int)", #""" int"#, #""id int"#,
        ])
    func refuses(_ text: String) throws {
        let error = #expect(throws: ReportError.self) { try ColumnDefinitions(parsing: text) }
        #expect(error?.code == .invalidColumns)
    }

    @Test("are no more than a table can have")
    func boundsCount() throws {
        let columns = { (count: Int) in (0..<count).map { "c\($0) int" }.joined(separator: ", ") }
        #expect(try parsed(columns(1599)).count == 1599)
        #expect(throws: ReportError.self) { try parsed(columns(1600)) }
    }
}
