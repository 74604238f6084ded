import SQLText
import Testing

@Suite("A SQL token")
struct SQLTokenTests {
    @Test(
        "stands for the name that PostgreSQL makes of it",
        arguments: [
            ("Abc", "abc"), ("\"Abc\"", "Abc"), ("\"a\"\"b\"", "a\"b"), ("\"\"\"\"\"\"", "\"\""), ("\"a\"\"\u{301}b\"", "a\"\u{301}b"),
            // Only ASCII is folded in a database of several bytes a character.
            ("ÄB", "Äb"), ("\u{212A}g", "\u{212A}g"),
        ])
    func name(text: String, name: String) throws {
        #expect(try token(text).name.map { Array($0.utf8) } == Array(name.utf8))
    }

    @Test("is not a name when it is a constant, a symbol or an escaped name", arguments: ["'a'", ";", "$$a$$", "U&\"a\"", "-- a"])
    func noName(text: String) throws {
        #expect(try token(text).name == nil)
    }

    @Test("is a key word in any case, but not between quotes nor with a letter that only resembles one")
    func keyWords() throws {
        #expect(try token("SeLeCt").isWord("select"))
        #expect(try !token("\"select\"").isWord("select"))
        #expect(try !token("LI\u{212A}E").isWord("like"))
        #expect(try token("(").isSymbol("("))
        #expect(try !token("x").isSymbol("x"))
    }

    @Test("is significant unless it is white space or a comment")
    func significance() throws {
        let tokens = try SQLLexer.tokens(of: "a /* b */ -- c\n;")
        #expect(tokens.filter(\.isSignificant).map(\.text) == ["a", ";"])
    }

    private func token(_ text: String) throws -> SQLToken {
        try #require(SQLLexer.tokens(of: text).first)
    }
}
