import Glibc
import TestKit
import Testing

extension Operator {
    /// Runs a worker for as long as `body` takes; then tells it to end, if it still runs.
    @discardableResult
    func worker(
        _ arguments: String..., environment changes: [String: String?] = [:],
        while body: @escaping @Sendable (RunningProgram) async throws -> Void
    ) async throws -> EndedProgram {
        try await dayhaul(["worker"] + arguments, environment: changes) { worker in
            try await worker.wait(for: "the worker") { try worker.errorsSoFar().contains("waits for requests") }
            try await body(worker)
            worker.send(SIGTERM)
        }
    }

    /// Requests as `id|state`, oldest first.
    func requests() async throws -> String { try await whadmin("SELECT id, state FROM _wh.requests ORDER BY id") }

    /// Waits until no request is left to be carried out.
    func requestsFinished(within deadline: Duration = .seconds(90)) async throws {
        try await eventually("the end of all requests", within: deadline) {
            try await whadmin("SELECT count(*) FROM _wh.requests WHERE finished_at IS NULL") == "0"
        }
    }

    /// How often each day was published with other rows than before, `day|times`.
    func publishes() async throws -> String {
        try await ask("SELECT day, count(*) FROM _wh.run_events WHERE outcome IN ('loaded', 'merged') GROUP BY day ORDER BY day")
    }
}
