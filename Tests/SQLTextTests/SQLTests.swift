import SQLText
import Testing

@Suite("SQL names and constants")
struct SQLTests {
    @Test("double every quote, also one that a combining mark follows, and drop NUL")
    func quotes() {
        #expect(SQL.identifier("a\"b") == "\"a\"\"b\"")
        #expect(Array(SQL.identifier("\"\u{301}").utf8) == Array("\"\"\"\u{301}\"".utf8))
        #expect(SQL.identifier("sch", "t.x") == "\"sch\".\"t.x\"")
        #expect(SQL.literal("it's") == "'it''s'")
        #expect(Array(SQL.literal("'\u{20DD}").utf8) == Array("'''\u{20DD}'".utf8))
        #expect(SQL.literal("a\0b") == "'ab'")
    }

    @Test("names that fit stay as they are, to the last of 63 bytes")
    func fitting() {
        let longest = String(repeating: "a", count: 63)
        #expect(SQL.fittedName(longest) == longest)
        #expect(SQL.fittedName(String(repeating: "é", count: 31), end: "x") == String(repeating: "é", count: 31) + "x")
        #expect(SQL.fittedName("t", end: "_2025_09_24") == "t_2025_09_24")
    }

    @Test("long names fit, keep their end, and are cut between scalars", arguments: ["a", "é", "語", "👩", "e\u{301}"])
    func cutting(unit: String) {
        for count in 40...90 {
            let name = SQL.fittedName(String(repeating: unit, count: count), end: "_2025_09_24")
            #expect(name.utf8.count <= SQL.maximumNameLength)
            #expect(name.hasSuffix("_2025_09_24"))
            #expect(!name.unicodeScalars.contains("\u{FFFD}"))
            #expect(name.utf8.count > SQL.maximumNameLength - 4 || unit.utf8.count * count + 11 <= SQL.maximumNameLength)
        }
    }

    @Test("long names that differ anywhere stay two names")
    func distinct() {
        let base = String(repeating: "report_", count: 12)
        let names = (0..<2000).map { SQL.fittedName(base + String($0), end: "_2025_09_24") }
        #expect(Set(names).count == names.count)
        #expect(SQL.fittedName(base, end: "_a") != SQL.fittedName(base, end: "_b"))
    }
}
