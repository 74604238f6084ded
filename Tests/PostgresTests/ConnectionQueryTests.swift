import Postgres
import TestKit
import Testing

@Suite("A query", .serialized, .timeLimit(.minutes(1)))
struct ConnectionQueryTests {
    @Test("takes parameters of any text, and tells NULL from an empty text")
    func parameters() async throws {
        try await withConnection { connection in
            let texts: [String?] = ["", nil, "'; DROP TABLE x; --", "größe 語 👩‍👧", "\\", "$1", "a\nb"]
            let list = texts.indices.map { "$\($0 + 1)::text" }.joined(separator: ", ")
            let result = try await connection.query("SELECT \(list)", texts)
            #expect(result.values == [texts])
            #expect(try await connection.query("SELECT $1::int + $2::int", ["40", "2"]).scalar == "42")
        }
    }

    @Test("does not cut a parameter or a statement at a NUL, which PostgreSQL cannot have: it refuses")
    func nul() async throws {
        try await withConnection { connection in
            for (statement, parameters) in [("SELECT $1::text", ["a\0b"]), ("SELECT 1\0+1", [])] {
                let error = try await postgresError { try await connection.query(statement, parameters) }
                #expect(error.code == .invalidParameters)
            }
            #expect(try await connection.query("SELECT 1").scalar == "1")
        }
    }

    @Test("that would take away what others depend on names that, and passes no hint to use CASCADE on")
    func dependents() async throws {
        try await withConnection { connection in
            try await connection.query("CREATE TEMP TABLE t AS SELECT 1 AS i")
            try await connection.query("CREATE TEMP VIEW v AS SELECT i FROM t")
            let error = try await postgresError { try await connection.query("DROP TABLE t") }
            #expect(error.sqlstate?.code == "2BP01" && error.message.hasSuffix(": view v depends on table t"))
            #expect(error.hint == "drop or change what depends on it first")
            #expect(!error.description.contains("CASCADE"))
        }
    }

    @Test("gives rows by column name, and the count of its command tag")
    func rows() async throws {
        try await withConnection { connection in
            let result = try await connection.query("SELECT i AS n, i > 1 AS big, NULL::text AS nothing FROM generate_series(1, 3) i")
            #expect(result.columns == ["n", "big", "nothing"])
            #expect(result.affectedRows == 3)
            #expect(try result.rows.map { try $0.value("n", as: Int.self) } == [1, 2, 3])
            #expect(try result.rows.map { try $0.value("big", as: Bool.self) } == [false, true, true])
            #expect(result.rows.first?["nothing"] == nil && result.rows.first?["absent"] == nil)
            #expect(throws: PostgresError.self) { try result.rows.first?.value("nothing", as: Int.self) }
            #expect(throws: PostgresError.self) { try result.rows.first?.value("big", as: Int.self) }
            #expect(try await connection.query("CREATE TEMP TABLE t AS SELECT generate_series(1, 5) i").affectedRows == 5)
            #expect(try await connection.query("DELETE FROM t WHERE i > 2").affectedRows == 3)
            #expect(try await connection.query("DROP TABLE t").affectedRows == 0)
        }
    }

    @Test("is one statement: two are refused, and neither runs")
    func twoStatements() async throws {
        try await withConnection { connection in
            let error = try await postgresError { try await connection.query("CREATE TABLE x (); SELECT 1") }
            #expect(error.code == .server)
            #expect(error.sqlstate?.code == "42601")
            #expect(try await connection.query("SELECT to_regclass('x')").scalar == nil)
        }
    }

    @Test("that fails leaves the connection usable, and tells no values of rows")
    func failing() async throws {
        try await withConnection { connection in
            let failures = [
                ("SELECT 1/0", "22012"), ("SELEC", "42601"), ("TABLE nowhere", "42P01"), ("SELECT nothing", "42703"),
                ("SELECT 'tell-nobody'::int", "22P02"),
            ]
            for (statement, state) in failures {
                let error = try await postgresError { try await connection.query(statement) }
                #expect(error.sqlstate?.code == state)
                #expect(!error.isTransient)
            }
            try await connection.query("CREATE TEMP TABLE k (id int, secret text, UNIQUE (id, secret), CHECK (secret <> 'tell-nobody'))")
            let error = try await postgresError { try await connection.query("INSERT INTO k VALUES (7, 'tell-nobody')") }
            #expect(error.sqlstate?.code == "23514")
            #expect(!error.description.contains("tell-nobody"))
            #expect(connection.isOpen)
        }
    }

    @Test("that breaks a unique index tells the key, apart from its description")
    func duplicateKey() async throws {
        try await withConnection { connection in
            try await connection.query("CREATE TEMP TABLE k (id int, name text, UNIQUE (id, name))")
            try await connection.query("INSERT INTO k VALUES (7, 'a (b)')")
            let error = try await postgresError { try await connection.query("INSERT INTO k VALUES (7, 'a (b)')") }
            #expect(error.sqlstate?.code == "23505")
            #expect(error.duplicateKey == "(id, name)=(7, a (b))")
            #expect(!error.description.contains("(7"))
        }
    }

    @Test("that starts a COPY is refused, and the connection is closed")
    func unexpectedCopy() async throws {
        for statement in ["COPY (SELECT 1) TO STDOUT", "COPY pg_temp.t FROM STDIN"] {
            try await withConnection { connection in
                try await connection.query("CREATE TEMP TABLE t (i int)")
                let error = try await postgresError { try await connection.query(statement) }
                #expect(error.code == .protocolViolation)
                #expect(!connection.isOpen)
            }
        }
    }

    @Test("waits at most for its timeout, and for a lock at most for its own")
    func timeouts() async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (i int)")
            var parameters = try database.parameters()
            parameters.session.statementTimeout = .milliseconds(200)
            try await Connection.with(parameters) { connection in
                let error = try await postgresError { try await connection.query("SELECT pg_sleep(30)") }
                #expect(error.sqlstate?.code == "57014")
                #expect(!error.isTransient)
                #expect(try await connection.query("SELECT 1").scalar == "1")
            }
            parameters.session.statementTimeout = .zero
            parameters.session.lockTimeout = .milliseconds(200)
            try await database.withConnection { holder in
                try await holder.transaction {
                    try await holder.query("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
                    let error = try await postgresError { try await Connection.with(parameters) { try await $0.query("TABLE t") } }
                    #expect(error.sqlstate?.code == "55P03")
                    #expect(error.isTransient)
                }
            }
        }
    }

    @Test("is described without being run")
    func describe() async throws {
        try await withConnection { connection in
            let columns = try await connection.describe(
                "SELECT 1/0 AS a, NULL::numeric(10,2) AS b, '{}'::text[] AS \"C c\", now() AS a, pg_sleep(60)")
            #expect(columns.map(\.name) == ["a", "b", "C c", "a", "pg_sleep"])
            #expect(columns.map(\.type) == [23, 1700, 1009, 1184, 2278])
            #expect(columns.map(\.modifier) == [-1, (10 << 16 | 2) + 4, -1, -1, -1])
            #expect(try await connection.describe("CREATE TABLE x ()").isEmpty)
            #expect(try await connection.query("SELECT to_regclass('x')").scalar == nil)
            for (statement, state) in [("SELECT nothing", "42703"), ("TABLE nowhere", "42P01"), ("SELECT 1; SELECT 2", "42601")] {
                let error = try await postgresError { _ = try await connection.describe(statement) }
                #expect(error.sqlstate?.code == state)
            }
            #expect(try await connection.query("SELECT 1").scalar == "1")
        }
    }

    @Test("or many make up a script, which is done whole or not at all")
    func script() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE a (i int); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)")
            #expect(try await connection.query("SELECT count(*) FROM a").scalar == "2")
            let error = try await postgresError { try await connection.execute(script: "INSERT INTO a VALUES (3); SELECT 1/0; SELECT 1") }
            #expect(error.sqlstate?.code == "22012")
            #expect(try await connection.query("SELECT count(*) FROM a").scalar == "2")
        }
    }

    @Test("of the warehouse that sends a large answer comes whole")
    func large() async throws {
        try await withConnection(isTrusted: true) { connection in
            let text = try await connection.query("SELECT repeat('é', 20000000)").scalar
            #expect(text?.utf8.count == 40_000_000)
            let echo = try await connection.query("SELECT length($1)", [String(repeating: "x", count: 20_000_000)])
            #expect(echo.scalar == "20000000")
        }
    }

    private func withConnection(isTrusted: Bool = false, _ body: (Connection) async throws -> Void) async throws {
        try await withDatabase { try await $0.withConnection(isTrusted: isTrusted, body) }
    }
}
