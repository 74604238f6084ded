import Postgres
import TestKit
import Testing

@Suite("A transaction", .serialized, .timeLimit(.minutes(1)))
struct ConnectionTransactionTests {
    @Test("is committed when its body returns, and rolled back when it throws")
    func ends() async throws {
        try await withTable { database, connection in
            let returned = try await connection.transaction {
                try await connection.query("INSERT INTO t VALUES (1)")
                #expect(try await count(in: database) == 0)
                return "done"
            }
            #expect(returned == "done")
            #expect(try await count(in: database) == 1)
            await #expect(throws: NoError.self) {
                try await connection.transaction {
                    try await connection.query("INSERT INTO t VALUES (2)")
                    throw NoError()
                }
            }
            let error = try await postgresError {
                try await connection.transaction {
                    try await connection.query("INSERT INTO t VALUES (3)")
                    try await connection.query("SELECT 1/0")
                }
            }
            #expect(error.sqlstate?.code == "22012")
            #expect(try await count(in: database) == 1)
            #expect(try await connection.query("SELECT txid_current_if_assigned()").scalar == nil)
        }
    }

    @Test("that has failed is no success, even when its body hides the error")
    func hiddenFailure() async throws {
        try await withTable { database, connection in
            let error = try await postgresError {
                try await connection.transaction {
                    try await connection.query("INSERT INTO t VALUES (1)")
                    _ = try? await connection.query("SELECT 1/0")
                }
            }
            #expect(error.sqlstate?.code == "25P02")
            #expect(try await count(in: database) == 0)
            #expect(try await connection.transaction { try await connection.query("SELECT 1").scalar } == "1")
        }
    }

    @Test("that the server refuses to commit is rolled back with the server's reason")
    func deferred() async throws {
        try await withTable { database, connection in
            try await connection.query("ALTER TABLE t ADD UNIQUE (i) DEFERRABLE INITIALLY DEFERRED")
            let error = try await postgresError {
                try await connection.transaction { try await connection.query("INSERT INTO t VALUES (1), (1)") }
            }
            #expect(error.code == .server)
            #expect(error.sqlstate?.code == "23505")
            #expect(try await count(in: database) == 0)
        }
    }

    @Test("of the snapshot kind sees one moment throughout")
    func snapshot() async throws {
        try await withTable { database, connection in
            try await connection.transaction(.snapshot) {
                #expect(try await connection.query("SELECT count(*) FROM t").scalar == "0")
                try await database.psql("INSERT INTO t VALUES (1)")
                #expect(try await connection.query("SELECT count(*) FROM t").scalar == "0")
            }
            #expect(try await connection.query("SELECT count(*) FROM t").scalar == "1")
        }
    }

    @Test("has an unknown outcome when the connection ends before COMMIT is answered", arguments: [Faults.Ending.close, .reset])
    func answerLost(_ ending: Faults.Ending) async throws {
        try await withTable { database, _ in
            try await withFaultProxy(to: database.port) { proxy in
                async let ended: Void = {
                    try await eventually("the row to be committed", within: .seconds(20)) { try await count(in: database) == 1 }
                    try await proxy.endConnections(ending)
                }()
                let error = try await postgresError {
                    try await database.withConnection(port: proxy.port) { connection in
                        try await connection.transaction {
                            try await connection.query("INSERT INTO t VALUES (1)")
                            proxy.set(.toClient) { $0.isStalled = true }
                        }
                    }
                }
                // It has taken effect here; a caller cannot tell.
                try await ended
                #expect(error.code == .commitOutcomeUnknown)
                #expect(error.isTransient)
            }
        }
    }

    @Test("has an unknown outcome when COMMIT may not have arrived")
    func commitLost() async throws {
        try await withTable { database, _ in
            try await withFaultProxy(to: database.port) { proxy in
                let error = try await postgresError {
                    try await database.withConnection(port: proxy.port) { connection in
                        try await connection.transaction {
                            try await connection.query("INSERT INTO t VALUES (1)")
                            proxy.set(.toServer) { $0.cut = .init(after: proxy.bytes(.toServer) + 1) }
                        }
                    }
                }
                #expect(error.code == .commitOutcomeUnknown)
                #expect(try await count(in: database) == 0)
            }
        }
    }

    @Test("whose connection ended before COMMIT is known to have failed")
    func lostBefore() async throws {
        try await withTable { database, connection in
            let error = try await postgresError {
                try await connection.transaction {
                    try await connection.query("INSERT INTO t VALUES (1)")
                    try await database.psql("SELECT pg_terminate_backend(\(connection.backendPID), 10000)")
                    try await connection.query("INSERT INTO t VALUES (2)")
                }
            }
            #expect(error.isTransient)
            #expect(error.code != .commitOutcomeUnknown)
            #expect(!connection.isOpen)
            #expect(try await count(in: database) == 0)
        }
    }

    private func withTable(_ body: (TestDatabase, Connection) async throws -> Void) async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (i int)")
            try await database.withConnection { try await body(database, $0) }
        }
    }

    private func count(in database: TestDatabase) async throws -> Int {
        try await database.withConnection { try await Int($0.query("SELECT count(*) FROM t").scalar ?? "") ?? -1 }
    }
}
