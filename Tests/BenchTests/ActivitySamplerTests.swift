import Postgres
import Stages
import TestKit
import Testing

@testable import Bench

@Suite("CPU time of processes that cannot be seen", .timeLimit(.minutes(2)))
struct ActivitySamplerTests {
    /// Runs a statement in a span of a session, and returns what was estimated, what its process used, and the seconds between.
    private func sample(_ statement: String) async throws -> (estimated: Double, used: Double, seconds: Double) {
        try await withDatabase { database in
            let parameters = try ConnectionParameters(conninfo: database.conninfo)
            let meter = StageMeter()
            let sampler = ActivitySampler(parameters: parameters, server: .warehouse)
            return try await Connection.with(parameters) { connection in
                let process = KernelProcess(id: connection.backendPID)
                let session = StageMeter.Session(.warehouse, processID: connection.backendPID)
                let task = Task { try await sampler.run(meter) }
                defer { task.cancel() }
                let (start, before) = (ContinuousClock.now, try #require(process.cpuSeconds))
                meter.begin(.index, in: session)
                try await connection.query(statement)
                meter.end(in: session)
                let used = try #require(process.cpuSeconds) - before
                return (meter.count(of: .init(.index)).warehouse.cpuSeconds, used, (ContinuousClock.now - start) / .seconds(1))
            }
        }
    }

    @Test("a session that computes is counted for as long as it does, what it waits for a core included")
    func computing() async throws {
        let found = try await sample("SELECT sum(sqrt(n)) FROM generate_series(1, 6000000) n")
        #expect(found.used > 0.3)
        #expect(found.estimated > 0.4 * found.used && found.estimated < found.seconds + 0.2, "\(found)")
    }

    @Test("a session that waits is not counted")
    func waiting() async throws {
        let found = try await sample("SELECT pg_sleep(1)")
        #expect(found.estimated < 0.2, "\(found)")
    }
}
