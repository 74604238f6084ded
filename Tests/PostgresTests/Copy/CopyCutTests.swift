import Postgres
import TestKit
import Testing

/// A connection that ends after n bytes of one direction, for n from the first byte to the last.
@Suite("A connection cut anywhere", .serialized, .timeLimit(.minutes(2)))
struct CopyCutTests {
    @Test("during COPY TO is never a success, and can be tried again", arguments: [Faults.Ending.close, .reset])
    func copyOut(_ ending: Faults.Ending) async throws {
        try await expectFailures(.toClient, ending) { database, proxy in
            try await database.withConnection(port: proxy.port) { connection in
                var counter = ByteCounter()
                let rows = try await connection.copyOut(
                    "COPY (SELECT i, 'row ' || i FROM generate_series(1, 2000) i) TO STDOUT (FORMAT binary)", into: &counter)
                #expect(rows == 2000)
                return proxy.bytes(.toClient)
            }
        }
    }

    @Test("during COPY FROM is never a success, copies nothing, and can be tried again", arguments: [Faults.Ending.close, .reset])
    func copyIn(_ ending: Faults.Ending) async throws {
        try await expectFailures(.toServer, ending) { database, proxy in
            try await database.withConnection(port: proxy.port) { connection in
                let rows = try await connection.copyIn("COPY t FROM STDIN") { stream in
                    for start in stride(from: 1, through: 2000, by: 100) {
                        try await put((start..<start + 100).flatMap { Array("\($0)\n".utf8) }, to: stream)
                    }
                }
                #expect(rows == 2000)
                return proxy.bytes(.toServer)
            }
        }
    }

    /// Measures one undisturbed run of `body`, which returns the bytes it took, then cuts it after n bytes for 40 n and the last few.
    private func expectFailures(
        _ direction: FaultProxy.Direction, _ ending: Faults.Ending, _ body: (TestDatabase, FaultProxy) async throws -> Int
    ) async throws {
        try await withDatabase { database in
            try await database.psql("CREATE TABLE t (i int)")
            let total = try await withFaultProxy(to: database.port) { try await body(database, $0) }
            try await database.psql("TRUNCATE t")
            let seed = Int.random(in: 0..<total / 40)
            for offset in Array(stride(from: seed, to: total, by: total / 40)) + [0, 1] + (total - 12..<total) {
                try await withFaultProxy(to: database.port) { proxy in
                    proxy.set(direction) { $0.cut = .init(after: offset, ending) }
                    let start = ContinuousClock.now
                    do {
                        // A session says its process's number, which can have fewer digits than that of the first run had.
                        let took = try await body(database, proxy)
                        #expect(took <= offset, "a success of \(took) bytes, cut after \(offset)")
                        try await database.psql("TRUNCATE t")
                    } catch let error as PostgresError {
                        #expect([.connectionLost, .connectionFailed].contains(error.code), "\(error) after \(offset) of \(total) bytes")
                        #expect(error.isTransient, "\(error) after \(offset) of \(total) bytes")
                    }
                    #expect(ContinuousClock.now - start < .seconds(20), "cut after \(offset) of \(total) bytes")
                }
            }
            try await eventually("the server to have noticed every cut", within: .seconds(20)) {
                try await database.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") == "1"
            }
            #expect(try await database.psql("SELECT count(*) FROM t") == "0")
        }
    }
}
