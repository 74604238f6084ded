import Postgres
import TestKit
import Testing

@Suite("COPY TO STDOUT", .serialized, .timeLimit(.minutes(2)))
struct CopyOutTests {
    @Test("hands over every row, in order, and the server's count", arguments: [0, 1, 200_000])
    func rows(count: Int) async throws {
        try await withDatabase { database in
            try await database.withConnection { connection in
                var lines = LineChecker()
                let copied = try await connection.copyOut("COPY (SELECT generate_series(1, \(count))) TO STDOUT", into: &lines)
                #expect(copied == count)
                #expect(lines.next == count + 1)
                #expect(try await connection.query("SELECT 1").scalar == "1")
            }
        }
    }

    @Test("carries rows of many megabytes")
    func wideRows() async throws {
        try await withDatabase { database in
            try await database.withConnection { connection in
                var counter = ByteCounter()
                let copied = try await connection.copyOut(
                    "COPY (SELECT repeat('x', 20000000) FROM generate_series(1, 3)) TO STDOUT (FORMAT binary)", into: &counter)
                #expect(copied == 3)
                #expect(counter.bytes == 19 + 3 * (2 + 4 + 20_000_000) + 2)
            }
        }
    }

    @Test("waits for a slow receiver, and so does the server")
    func backPressure() async throws {
        try await withDatabase { database in
            try await database.withConnection { connection in
                let pid = connection.backendPID
                var isFirst = true
                var atFirst = 0
                var counter = ByteCounter { bytes in
                    guard isFirst else { return }
                    isFirst = false
                    atFirst = bytes
                    try await database.awaitBackend(pid, waitingFor: "ClientWrite")
                }
                let copied = try await connection.copyOut(
                    "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT", into: &counter)
                #expect(copied == 100_000)
                #expect(counter.bytes == 100_000 * 1001)
                // A burst and what a row adds to it.
                #expect(atFirst <= 1 << 20 + 1001)
                #expect(!isFirst)
            }
        }
    }

    @Test("that the receiver gives up ends on the server, and closes the connection")
    func abandoned() async throws {
        try await withDatabase { database in
            try await database.withConnection { connection in
                var counter = ByteCounter { _ in throw NoError() }
                await #expect(throws: NoError.self) {
                    try await connection.copyOut(
                        "COPY (SELECT repeat('abandoned', 100), generate_series(1, 100000000)) TO STDOUT", into: &counter)
                }
                #expect(!connection.isOpen)
                try await database.awaitStatement("abandoned", runs: false)
            }
        }
    }

    @Test("that fails before its first row leaves the connection usable")
    func refused() async throws {
        try await withDatabase { database in
            try await database.withConnection { connection in
                var counter = ByteCounter()
                for (statement, state) in [
                    ("COPY nowhere TO STDOUT", "42P01"), ("COPY (SELECT 1/0) TO STDOUT", "22012"), ("COPY (SELECT) TO", "42601"),
                    ("COPY (SELECT 1) TO STDOUT; SELECT 1", "42601"),
                ] {
                    let error = try await postgresError { try await connection.copyOut(statement, into: &counter) }
                    #expect(error.code == .server)
                    #expect(error.sqlstate?.code == state)
                }
                #expect(try await connection.query("SELECT 1").scalar == "1")
            }
        }
    }

    @Test("that fails in the middle is an error, whatever has come by then, and leaves the connection usable")
    func failing() async throws {
        try await withDatabase { database in
            try await database.withConnection { connection in
                var counter = ByteCounter()
                let error = try await postgresError {
                    try await connection.copyOut(
                        "COPY (SELECT 1 / (i - 50000) FROM generate_series(1, 100000) i) TO STDOUT", into: &counter)
                }
                #expect(error.code == .server)
                #expect(error.sqlstate?.code == "22012")
                #expect(counter.messages > 0)
                #expect(try await connection.query("SELECT 1").scalar == "1")
            }
        }
    }

    @Test("is not what another statement is taken for")
    func otherStatements() async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (i int)")
            for statement in ["SELECT 1", "CREATE TABLE u ()", "", "COPY t FROM STDIN"] {
                try await database.withConnection { connection in
                    var counter = ByteCounter()
                    let error = try await postgresError { try await connection.copyOut(statement, into: &counter) }
                    #expect(error.code == .protocolViolation, "\(statement)")
                    #expect(!connection.isOpen)
                }
            }
        }
    }
}

/// Expects the lines 1, 2, 3 … and no other.
private struct LineChecker: CopyOutReceiver {
    private(set) var next = 1

    struct Disorder: Error {}

    mutating func receive(_ message: RawSpan) throws {
        guard message.withUnsafeBytes({ Array($0) }) == Array("\(next)\n".utf8) else { throw Disorder() }
        next += 1
    }

    mutating func drain() {}
}
