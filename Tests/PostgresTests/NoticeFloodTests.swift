import Postgres
import TestKit
import Testing

@testable import Clusters

@Suite("A flood of notices", .serialized, .timeLimit(.minutes(2)))
struct NoticeFloodTests {
    @Test("is neither printed nor kept", .disabled(if: ChildProcess.isOne))
    func flood() async throws {
        try await withDatabase { database in
            let printed = try await ChildProcess.run("floodInChild", database.conninfo)
            #expect(!printed.contains("drip"))
            #expect(!printed.contains("NOTICE"))
        }
    }

    @Test("seen from a process of its own", .enabled(if: ChildProcess.isOne))
    func floodInChild() async throws {
        let conninfo = try #require(ChildProcess.conninfo)
        try await Connection.with(ConnectionParameters(conninfo: conninfo)) { connection in
            try await connection.query("SELECT 1")
            let before = try peak()
            // 200 MB of them.
            try await connection.execute(
                script: "DO $$ BEGIN FOR i IN 1..20000 LOOP RAISE NOTICE '%', repeat('drip', 2500); END LOOP; END $$")
            #expect(try peak() - before < 50_000)
        }
    }

    /// The most memory that this process has had, in kilobytes.
    private func peak() throws -> Int {
        let line = try #require(PrivateFile.read("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber)))
    }
}
