import Postgres
import SQLText
import TestKit
import Testing

/// Names, constants and tokens against a real server.
@Suite("SQL text, as a server reads it,", .timeLimit(.minutes(2)))
struct ServerAgreementTests {
    static let hostile = [
        "a", "A b", "MixedCase", "select", "\"", "\"\"", "a\"; DROP TABLE x; --", "'", "''", "\\", "\\'", "E'\\x", "100%", "%s %I", "$1",
        "$$",
        "$a$", "{DATE}", "é", "語", "👩‍👧", "\"\u{301}", "'\u{301}", "\u{301}", "\"\u{20DD}\"", " leading", "trailing ", "tab\tnew\nline",
        "\r\n",
        "/* x */", "-- x", "a.b", ".", "1", "\u{FEFF}", "\u{2028}", "\u{202E}abc", "U&\"\\0061\"", "𝒳", "\u{7F}", "\u{1}",
    ]

    @Test("keeps every name and every constant to the byte")
    func roundTrip() async throws {
        try await withConnection { connection in
            for text in Self.hostile {
                let result = try await connection.query("SELECT \(SQL.literal(text)) AS \(SQL.identifier(text))")
                #expect(result.scalar.map { Array($0.utf8) } == Array(text.utf8))
                #expect(result.columns.map { Array($0.utf8) } == [Array(text.utf8)])
            }
        }
    }

    @Test("makes a table and a schema of every name, and finds them again")
    func objects() async throws {
        try await withConnection { connection in
            for (number, name) in Self.hostile.enumerated() {
                try await connection.execute(
                    script: "CREATE SCHEMA \(SQL.identifier(name)); CREATE TABLE \(SQL.identifier(name, name)) AS SELECT \(number) AS n")
            }
            let tables = try await connection.query(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = c.relname")
            #expect(Set(Self.hostile).isSubset(of: tables.values.compactMap { $0[0] }))
            for (number, name) in Self.hostile.enumerated() {
                let found = try await connection.query("SELECT n FROM \(SQL.identifier(name, name))")
                #expect(found.scalar == String(number))
            }
        }
    }

    @Test("does not cut a fitted name")
    func fitted() async throws {
        try await withConnection { connection in
            for unit in ["a", "é", "語", "👩"] {
                let name = SQL.fittedName(String(repeating: unit, count: 80), end: "_2025_09_24")
                let result = try await connection.query("SELECT 1 AS \(SQL.identifier(name))")
                #expect(result.columns == [name])
            }
        }
    }

    @Test("takes what the lexer calls one constant or one name as one expression")
    func oneExpression() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "'", "''", "E'", "\\", "\\'", "\"", "\"\"", "$", "$$", "$a$", "$é$", "--", "/*", "*/", "\n", " ", "\u{301}", "x", "é", "1", ";",
        ]
        try await withConnection { connection in
            var tried = 0
            while tried < 1000 {
                guard let tokens = try? SQLLexer.tokens(of: generator.text(of: pieces, count: 10)) else { continue }
                for token in tokens where [.string, .dollarString, .quotedName].contains(token.kind) {
                    tried += 1
                    let select = token.kind == .quotedName ? "SELECT 1 AS \(token.text)" : "SELECT \(token.text)"
                    do {
                        let result = try await connection.query(select)
                        #expect(result.columns.count == 1, "\(select.debugDescription), seed \(seed)")
                    } catch let error as PostgresError {
                        // A zero-length name is an error of its own; a bad escape is found within the constant.
                        let isWithin = error.sqlstate?.code.hasPrefix("22") == true || error.message.contains("zero-length")
                        #expect(isWithin, "\(select.debugDescription), \(error), seed \(seed)")
                    }
                }
            }
        }
    }

    private func withConnection(_ body: (Connection) async throws -> Void) async throws {
        try await withDatabase { database in
            try await Connection.with(ConnectionParameters(conninfo: database.conninfo), body)
        }
    }
}
