import Postgres
import TestKit
import Testing

@Suite("Cancelling a task", .serialized, .timeLimit(.minutes(1)))
struct ConnectionCancellationTests {
    @Test("ends its query on the server too")
    func query() async throws {
        try await expectCancellation(of: "mark_query") { try await $0.query("SELECT pg_sleep(600) /* mark_query */") }
    }

    @Test("ends its COPY TO on the server too")
    func copyOut() async throws {
        try await expectCancellation(of: "mark_out") { connection in
            var counter = ByteCounter()
            return try await connection.copyOut(
                "COPY (SELECT repeat('mark_out', 1000), generate_series(1, 1000000000)) TO STDOUT", into: &counter)
        }
    }

    @Test("ends its COPY TO on the server too when no row comes")
    func silentCopyOut() async throws {
        try await expectCancellation(of: "mark_silent") { connection in
            var counter = ByteCounter()
            return try await connection.copyOut("COPY (SELECT pg_sleep(600) /* mark_silent */) TO STDOUT", into: &counter)
        }
    }

    @Test("ends its COPY FROM on the server too, and copies nothing")
    func copyIn() async throws {
        try await expectCancellation(of: "COPY mark_in") { connection in
            try await connection.copyIn("COPY mark_in FROM STDIN") { stream in
                while true { try await put(Array("1\n".utf8), to: stream) }
            }
        }
    }

    @Test("ends its COPY FROM on the server too while that waits")
    func blockedCopyIn() async throws {
        try await expectCancellation(of: "COPY mark_slow") { connection in
            try await connection.copyIn("COPY mark_slow FROM STDIN") { stream in
                while true { try await put(Array("1\n".utf8), to: stream) }
            }
        }
    }

    @Test("in a transaction rolls it back")
    func transaction() async throws {
        try await expectCancellation(of: "mark_transaction") { connection in
            try await connection.transaction {
                try await connection.query("INSERT INTO mark_in VALUES (1)")
                try await connection.query("SELECT pg_sleep(600) /* mark_transaction */")
            }
        }
    }

    /// Runs `body` in a task, cancels it once the server runs a statement with `text` in it, and expects that one to end.
    private func expectCancellation<Ignored>(
        of text: String, _ body: @escaping @Sendable (Connection) async throws -> Ignored
    ) async throws {
        try await withDatabase { database in
            try await database.psql(
                """
                CREATE TABLE mark_in (i int);
                CREATE TABLE mark_slow (i int);
                CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
                CREATE TRIGGER slow BEFORE INSERT ON mark_slow FOR EACH ROW EXECUTE FUNCTION slow();
                """)
            let parameters = try database.parameters()
            let task = Task { try await Connection.with(parameters) { _ = try await body($0) } }
            try await database.awaitStatement(text, runs: true)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await database.awaitStatement(text, runs: false, within: .seconds(5))
            #expect(try await database.psql("SELECT count(*) FROM mark_in") == "0")
        }
    }
}
