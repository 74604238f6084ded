import Postgres
import TestKit
import Testing

@Suite("COPY FROM STDIN", .serialized, .timeLimit(.minutes(2)))
struct CopyInTests {
    @Test("stores every row, and tells the server's count", arguments: [0, 1, 200_000])
    func rows(count: Int) async throws {
        try await withTable { _, connection in
            let copied = try await connection.copyIn("COPY t FROM STDIN") { stream in
                for start in stride(from: 1, through: count, by: 5000) {
                    try await put(lines(start...min(start + 4999, count)), to: stream)
                }
            }
            #expect(copied == count)
            #expect(
                try await connection.query("SELECT count(*), coalesce(sum(i), 0) FROM t").values == [
                    [String(count), String(count * (count + 1) / 2)]
                ])
        }
    }

    @Test("takes pieces of any size, be it within a row, and skips empty ones")
    func pieces() async throws {
        try await withTable { _, connection in
            let copied = try await connection.copyIn("COPY t FROM STDIN") { stream in
                for byte in lines(1...300) {
                    try await put([byte], to: stream)
                    try await put([], to: stream)
                }
            }
            #expect(copied == 300)
        }
    }

    @Test("that breaks a unique index tells the key, copies nothing, and leaves the connection usable after ROLLBACK")
    func duplicate() async throws {
        try await withTable { _, connection in
            try await connection.query("BEGIN")
            let error = try await postgresError {
                try await connection.copyIn("COPY t FROM STDIN") { stream in
                    try await put(lines(1...1000) + lines(7...7), to: stream)
                    // Much more than fits between the two, after the server has failed.
                    for start in 0..<500 { try await put(lines(10_000 * start + 2000...10_000 * start + 9000), to: stream) }
                }
            }
            #expect(error.code == .server)
            #expect(error.sqlstate?.code == "23505")
            #expect(error.duplicateKey == "(i)=(7)")
            #expect(!error.isTransient)
            #expect(connection.isOpen)
            #expect(try await postgresError { try await connection.query("SELECT 1") }.sqlstate?.code == "25P02")
            try await connection.query("ROLLBACK")
            #expect(try await connection.query("SELECT count(*) FROM t").scalar == "0")
        }
    }

    @Test("of bad data is refused without telling it")
    func badData() async throws {
        try await withTable { _, connection in
            let error = try await postgresError {
                try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { try await put(lines(1...9), to: $0) }
            }
            #expect(error.sqlstate?.code == "22P04")
            let copied = try await connection.copyIn("COPY t FROM STDIN") { try await put(lines(1...9), to: $0) }
            #expect(copied == 9)
        }
    }

    @Test("whose body throws copies nothing, throws that error, and leaves the connection usable")
    func abandoned() async throws {
        try await withTable { _, connection in
            await #expect(throws: NoError.self) {
                _ = try await connection.copyIn("COPY t FROM STDIN") { stream in
                    try await put(lines(1...1000), to: stream)
                    throw NoError()
                }
            }
            #expect(connection.isOpen)
            let copied = try await connection.query("SELECT count(*) FROM t").scalar
            #expect(copied == "0")
        }
    }

    @Test("within a transaction is undone with it")
    func rolledBack() async throws {
        try await withTable { database, connection in
            await #expect(throws: NoError.self) {
                try await connection.transaction {
                    let copied = try await connection.copyIn("COPY t FROM STDIN") { try await put(lines(1...1000), to: $0) }
                    #expect(copied == 1000)
                    throw NoError()
                }
            }
            #expect(try await connection.query("SELECT count(*) FROM t").scalar == "0")
            try await connection.transaction {
                _ = try await connection.copyIn("COPY t FROM STDIN") { try await put(lines(1...1000), to: $0) }
            }
            #expect(try await database.psql("SELECT count(*) FROM t") == "1000")
        }
    }

    @Test("that the server refuses leaves the connection usable, and its body does not run")
    func refused() async throws {
        try await withTable { _, connection in
            for (statement, state) in [
                ("COPY nowhere FROM STDIN", "42P01"), ("COPY t (nothing) FROM STDIN", "42703"), ("COPY t FROM", "42601"),
            ] {
                let error = try await postgresError { try await connection.copyIn(statement) { _ in Issue.record("ran") } }
                #expect(error.sqlstate?.code == state)
            }
            #expect(try await connection.query("SELECT 1").scalar == "1")
        }
    }

    @Test("is not what another statement is taken for", arguments: ["SELECT 1", "", "COPY t TO STDOUT"])
    func otherStatements(statement: String) async throws {
        try await withTable { _, connection in
            let error = try await postgresError { try await connection.copyIn(statement) { _ in Issue.record("ran") } }
            #expect(error.code == .protocolViolation)
            #expect(!connection.isOpen)
        }
    }

    @Test("lets notices pass that the server sends meanwhile, however many")
    func notices() async throws {
        try await withTable { _, connection in
            try await connection.execute(
                script: """
                    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN RAISE NOTICE '%', repeat('x', 1000); RETURN NEW; END $$;
                    CREATE TRIGGER tell BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tell()
                    """)
            let copied = try await connection.copyIn("COPY t FROM STDIN") { stream in
                for start in 0..<20 { try await put(lines(start * 1000 + 1...start * 1000 + 1000), to: stream) }
            }
            #expect(copied == 20_000)
        }
    }

    private func withTable(_ body: (TestDatabase, Connection) async throws -> Void) async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (i int PRIMARY KEY)")
            try await database.withConnection(isTrusted: true) { try await body(database, $0) }
        }
    }

    private func lines(_ numbers: ClosedRange<Int>) -> [UInt8] { numbers.flatMap { Array("\($0)\n".utf8) } }
}

/// Sends bytes and waits until the socket has taken them.
func put(_ bytes: [UInt8], to stream: borrowing CopyInStream) async throws {
    try stream.put(bytes.span.bytes)
    try await stream.flush()
}
