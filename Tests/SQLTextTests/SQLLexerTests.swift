import SQLText
import Testing

@Suite("The SQL lexer", .timeLimit(.minutes(1)))
struct SQLLexerTests {
    @Test(
        "sees one token in what PostgreSQL sees as one",
        arguments: [
            ("'it''s'", SQLToken.Kind.string), ("''", .string), ("'a\\'", .string), ("'a\nb'", .string), ("'é\u{301}'", .string),
            ("E'it\\'s'", .string), ("e'a\\\\'", .string), ("E'a''b\\''", .string), ("E'a'\n 'b\\'c'", .string),
            ("E'a' -- b'\n 'c\\'d'", .string), ("U&'d\\0061t'", .string), ("B'101'", .string), ("X'1F'", .string), ("N'n'", .string),
            ("\"a\"\"b\"", .quotedName), ("\"'\"", .quotedName), ("U&\"\\0061\"", .quotedName), ("\"\"", .quotedName),
            ("$$a'b\"c$$", .dollarString), ("$tag$ $$ $other$ $tag$", .dollarString), ("$é1$x$é1$", .dollarString),
            ("$a$ $b$a$", .dollarString), ("$$$a$$", .dollarString),
            ("/* a /* b */ ' */", .comment), ("/**/", .comment), ("/*/*/**/*/*/", .comment), ("-- it's", .comment), ("--", .comment),
            (" \t\r\n\u{c} ", .whitespace), ("\r\n", .whitespace),
            ("select", .word), ("_a1$b", .word), ("a$$b$$", .word), ("größe", .word), ("e\u{301}t\u{301}", .word), ("{TARGET_DATE}", .word),
            ("mv_{DAY}_x", .word), ("👩‍👧", .word), (";", .symbol), ("$", .symbol), ("\\", .symbol),
        ])
    func single(text: String, kind: SQLToken.Kind) throws {
        let tokens = try SQLLexer.tokens(of: text)
        #expect(tokens.map(\.kind) == [kind])
        #expect(tokens.map { Array($0.text.utf8) } == [Array(text.utf8)])
    }

    @Test(
        "ends a token where PostgreSQL ends it",
        arguments: [
            ("'a'b", ["'a'", "b"]), ("'a\\'b", ["'a\\'", "b"]), ("ae'x'", ["ae", "'x'"]), ("'a'\u{301}", ["'a'", "\u{301}"]),
            ("\"a\"\u{301}\"b\"", ["\"a\"", "\u{301}", "\"b\""]), ("$1", ["$", "1"]), ("$1 $x$1$x$", ["$", "1", " ", "$x$1$x$"]),
            ("1$$b$$", ["1", "$$b$$"]), ("--a\rb", ["--a", "\r", "b"]), ("--a\r\nb", ["--a", "\r\n", "b"]), ("a--b", ["a", "--b"]),
            ("+/*x*/-", ["+", "/*x*/", "-"]), ("E'a' 'b'", ["E'a'", " ", "'b'"]), ("E'a'\n\"b\"", ["E'a'", "\n", "\"b\""]),
            ("'a'\n'b\\'", ["'a'", "\n", "'b\\'"]), ("U& 'a'", ["U", "&", " ", "'a'"]), ("x''''", ["x''", "''"]),
            ("a.\"B\"", ["a", ".", "\"B\""]),
            ("$a{b}$x", ["$", "a{b}$x"]),
        ])
    func several(text: String, parts: [String]) throws {
        #expect(try SQLLexer.tokens(of: text).map { Array($0.text.utf8) } == parts.map { Array($0.utf8) })
    }

    @Test(
        "says what was left open",
        arguments: [
            ("'a", "string"), ("'a''", "string"), ("E'a\\'", "string"), ("E'a\\", "string"), ("E'a'\n'b", "string"), ("U&'a", "string"),
            ("$$a$", "string"), ("$a$ $A$", "string"), ("\"a", "name"), ("U&\"a", "name"), ("\"a\"\"", "name"), ("/* /* */", "comment"),
            ("/*/", "comment"),
        ])
    func unterminated(text: String, what: String) {
        let error = #expect(throws: SQLLexer.Unterminated.self) { try SQLLexer.tokens(of: "SELECT " + text) }
        #expect(error?.what == what)
    }

    @Test("tokens put together are the text, and each by itself is that token again")
    func lossless() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "'", "''", "E'", "e'", "\\", "\\'", "\"", "\"\"", "U&\"", "U&'", "$", "$$", "$a$", "$é$", "--", "/*", "*/", "\n", "\r\n", "\r",
            " ", "\u{301}", "{DATE}", "{", "}", "x", "_1", "1", ";", "(", "e\u{301}", "👩‍👧", "\u{0}", "-", "*", "/", "&", "N", "B'01'",
        ]
        var whole = 0
        for _ in 0..<20_000 {
            let text = generator.text(of: pieces, count: 12)
            let tokens: [SQLToken]
            do {
                tokens = try SQLLexer.tokens(of: text)
            } catch {
                #expect(["string", "name", "comment"].contains(error.what), "\(text.debugDescription), seed \(seed)")
                continue
            }
            whole += 1
            let isWhole = tokens.flatMap { Array($0.text.utf8) } == Array(text.utf8) && tokens.allSatisfy { !$0.text.isEmpty }
            let isStable = try tokens.allSatisfy { try SQLLexer.tokens(of: String($0.text)).map(\.kind) == [$0.kind] }
            if !isWhole || !isStable { Issue.record("\(text.debugDescription), seed \(seed)") }
        }
        #expect(whole > 1000)
    }
}
