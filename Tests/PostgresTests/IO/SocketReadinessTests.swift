import Postgres
import TestKit
import Testing

@Suite("The socket loop", .serialized, .timeLimit(.minutes(1)))
struct SocketReadinessTests {
    @Test("loses nobody: 240 queries on 16 connections at once all finish")
    func many() async throws {
        try await withDatabase { database in
            let parameters = try database.parameters()
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for connection in 0..<16 {
                    group.addTask {
                        try await Connection.with(parameters) { open in
                            var sum = 0
                            for query in 0..<15 {
                                let number = connection * 15 + query
                                let answer = try await open.query("SELECT $1::int, pg_sleep(\(number % 7) * 0.003)", [String(number)])
                                sum += Int(answer.scalar ?? "") ?? 0
                            }
                            return sum
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(answers == (0..<240).reduce(0, +))
        }
    }

    @Test("keeps cancelled, expired and answered waits apart")
    func mixed() async throws {
        try await withDatabase { database in
            var parameters = try database.parameters()
            parameters.deadlines.progress = .milliseconds(400)
            let given = parameters
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<15 {
                    group.addTask {
                        switch number % 3 {
                        case 0:
                            let error = try await postgresError {
                                try await Connection.with(given) { try await $0.query("SELECT pg_sleep(60)") }
                            }
                            #expect(error.code == .stalled)
                        case 1:
                            let task = Task { try await Connection.with(given) { _ = try await $0.query("SELECT pg_sleep(60)") } }
                            task.cancel()
                            await #expect(throws: CancellationError.self) { try await task.value }
                        default:
                            let answer = try await Connection.with(given) { try await $0.query("SELECT \(number), pg_sleep(0.1)").scalar }
                            #expect(answer == String(number))
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await database.awaitStatement("pg_sleep(60)", runs: false)
        }
    }
}
