import Glibc
import Postgres
import TestKit
import Testing

@Suite("A server that ends or stalls in the middle of a COPY", .serialized, .timeLimit(.minutes(2)))
struct ServerEndTests {
    /// Rows of more than a socket buffer, slowly, so that the server is not blocked when it ends.
    private static let slowCopy = "COPY (SELECT repeat('x', 20000), pg_sleep(0.01), generate_series(1, 100000)) TO STDOUT"

    @Test("by terminating the backend is an administrator's shutdown, and transient")
    func terminated() async throws {
        try await withDatabase { database in
            let error = try await postgresError {
                try await database.withConnection { connection in
                    try await copyOut(connection) {
                        try await database.psql("SELECT pg_terminate_backend(\(connection.backendPID))")
                    }
                }
            }
            #expect(error.sqlstate?.code == "57P01", "\(error)")
            #expect(error.isTransient)
        }
    }

    @Test("by terminating the backend of a COPY FROM is transient, and copies nothing")
    func terminatedCopyIn() async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (i int)")
            let error = try await postgresError {
                try await database.withConnection { connection in
                    try await connection.copyIn("COPY t FROM STDIN") { stream in
                        try await put(Array("1\n".utf8), to: stream)
                        try await database.psql("SELECT pg_terminate_backend(\(connection.backendPID), 10000)")
                        while true { try await put(Array(repeating: UInt8(ascii: "1"), count: 8), to: stream) }
                    }
                }
            }
            #expect(error.isTransient)
            #expect([.server, .connectionLost].contains(error.code))
            #expect(try await database.psql("SELECT count(*) FROM t") == "0")
        }
    }

    @Test("by stopping, by crashing, and by not being there is transient until it is back")
    func restarted() async throws {
        try await withOwnDatabase { cluster, database in
            let stopped = try await postgresError {
                try await database.withConnection { try await copyOut($0) { try await cluster.stop(.fast) } }
            }
            #expect(stopped.sqlstate?.code == "57P01")
            #expect(stopped.isTransient)
            let absent = try await postgresError { try await database.withConnection { _ in } }
            #expect(absent.code == .connectionFailed)
            #expect(absent.isTransient)
            try await cluster.start()
            let killed = try await postgresError {
                try await database.withConnection { try await copyOut($0) { try await cluster.kill9() } }
            }
            #expect(killed.code == .connectionLost)
            #expect(killed.isTransient)
            try await cluster.start()
            #expect(try await database.withConnection { try await $0.query("SELECT 1").scalar } == "1")
        }
    }

    @Test("by one backend's crash is lost for every session, and transient")
    func backendKilled() async throws {
        try await withOwnDatabase { _, database in
            try await database.withConnection { other in
                let error = try await postgresError {
                    try await database.withConnection { connection in
                        try await copyOut(connection) { kill(connection.backendPID, SIGKILL) }
                    }
                }
                #expect(error.code == .connectionLost)
                #expect(error.isTransient)
                // The others learn it from the postmaster: 57P02.
                let neighbour = try await postgresError { while true { try await other.query("SELECT pg_sleep(0.05)") } }
                #expect(neighbour.isTransient)
            }
            // Until it has recovered, the server says 57P03.
            try await eventually("the server to be back", within: .seconds(30)) {
                do {
                    return try await database.withConnection { try await $0.query("SELECT 1").scalar } == "1"
                } catch let error as PostgresError {
                    #expect(error.isTransient, "\(error)")
                    return false
                }
            }
        }
    }

    @Test("that is alive but silent ends at the progress deadline")
    func silent() async throws {
        try await withDatabase { database in
            var parameters = try database.parameters()
            parameters.deadlines.progress = .milliseconds(500)
            var stopped: Int32 = 0
            defer { if stopped != 0 { kill(stopped, SIGCONT) } }
            let start = ContinuousClock.now
            let error = try await postgresError {
                try await Connection.with(parameters) { connection in
                    try await copyOut(connection) {
                        stopped = connection.backendPID
                        kill(stopped, SIGSTOP)
                    }
                }
            }
            #expect(error.code == .stalled)
            #expect(error.isTransient)
            #expect(ContinuousClock.now - start < .seconds(20))
            kill(stopped, SIGCONT)
            try await database.awaitStatement("repeat", runs: false)
        }
    }

    @Test("that takes no more bytes ends at the progress deadline, once")
    func takesNothing() async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (x text)")
            var parameters = try database.parameters()
            parameters.deadlines.progress = .seconds(5)
            var stopped: Int32 = 0
            defer { if stopped != 0 { kill(stopped, SIGCONT) } }
            var start = ContinuousClock.now
            let error = try await postgresError {
                try await Connection.with(parameters) { connection in
                    try await connection.copyIn("COPY t FROM STDIN") { stream in
                        stopped = connection.backendPID
                        kill(stopped, SIGSTOP)
                        start = .now
                        while true { try await put(Array(repeating: UInt8(ascii: "x"), count: 65_536), to: stream) }
                    }
                }
            }
            #expect(error.code == .stalled)
            #expect(ContinuousClock.now - start < .seconds(9.5))
            kill(stopped, SIGCONT)
            try await database.awaitStatement("COPY t", runs: false)
            #expect(try await database.psql("SELECT count(*) FROM t") == "0")
        }
    }

    /// Runs `body` with a cluster that may be stopped and killed, and a database on it.
    private func withOwnDatabase(_ body: (Cluster, TestDatabase) async throws -> Void) async throws {
        try await SharedClusters.withCluster { cluster in
            try await withDatabase(in: cluster) { try await body(cluster, $0) }
        }
    }

    /// Runs a slow COPY and `event` once its first bytes have come.
    private func copyOut(_ connection: Connection, _ event: @escaping () async throws -> Void) async throws {
        var isFirst = true
        var counter = ByteCounter { _ in
            guard isFirst else { return }
            isFirst = false
            try await event()
        }
        _ = try await connection.copyOut(Self.slowCopy, into: &counter)
    }
}
