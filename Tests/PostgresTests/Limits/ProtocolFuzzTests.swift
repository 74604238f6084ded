import Glibc
import Postgres
import Synchronization
import TestKit
import Testing

/// Sessions in which one message of a real server's is another one, chosen by a number.
@Suite("A session with one message changed", .timeLimit(.minutes(30)))
struct ProtocolFuzzTests {
    /// More of them, by hand, before a change of this kind is done: DAYHAUL_TEST_FUZZ=20000.
    private static let sessions = getenv("DAYHAUL_TEST_FUZZ").flatMap { Int(String(cString: $0)) } ?? 300

    @Test("ends within its deadlines, and leaves the process as it was (fault 33)")
    func fuzz() async throws {
        try await withDatabase { database in
            let ticks = Ticks()
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<Self.sessions {
                    if number >= 4 { await group.next() }
                    group.addTask { await session(UInt64(number), database, ticks) }
                }
            }
            ticks.end()
            let after = try await rows(over: database.port, database)
            #expect(after == 50)
        }
    }

    private func session(_ seed: UInt64, _ database: TestDatabase, _ ticks: Ticks) async {
        let change = Change(seed: seed)
        let start = ticks.count
        do {
            try await withMessageProxy(to: database.port) { message, exchange in
                exchange.messages == change.place ? change.answer(message) : .same
            } _: { proxy in
                // A changed count, or a changed row, without TLS is for those to find who read the rows.
                _ = try await rows(over: proxy.port, database)
            }
        } catch is PostgresError {
            // As it should be.
        } catch {
            Issue.record("session \(seed), \(change.kind): \(error)")
        }
        #expect(ticks.count - start < 150, "session \(seed): \(change.kind)")
    }

    /// What an engine's session does: looks, describes, and copies. Returns the rows that the server counted.
    private func rows(over port: Int, _ database: TestDatabase) async throws -> Int {
        var parameters = try database.parameters(port: port)
        parameters.deadlines.connect = .seconds(2)
        parameters.deadlines.progress = .seconds(1)
        parameters.deadlines.cancel = .milliseconds(100)
        parameters.limits?.rowBytes = 1 << 20
        parameters.limits?.copyTime = .seconds(3)
        return try await Connection.with(parameters) { connection in
            try await connection.transaction(.snapshot) {
                _ = try await connection.query("SELECT n, repeat('x', n) FROM generate_series(1, 20) n")
                _ = try await connection.describe("SELECT 1 AS a, 'b' AS b")
                var counter = ByteCounter()
                return try await connection.copyOut("COPY (SELECT generate_series(1, 50)) TO STDOUT (FORMAT binary)", into: &counter)
            }
        }
    }

    /// Tenths of a second, as far as tasks get to run: other tests compute for seconds on the threads that all tasks share, and a session
    /// that waits for one of them has not overstepped its deadlines.
    private final class Ticks: Sendable {
        private let passed = Mutex(0)
        private let clock = Mutex<Task<Void, Never>?>(nil)

        init() {
            let clock = Task { [weak self] in
                while (try? await Task.sleep(for: .milliseconds(100))) != nil { self?.passed.withLock { $0 += 1 } }
            }
            self.clock.withLock { $0 = clock }
        }

        var count: Int { passed.withLock { $0 } }

        func end() { clock.withLock { $0?.cancel() } }
    }

    /// What is done to which message.
    private struct Change {
        enum Kind: CaseIterable { case otherKind, shorter, longer, noise, flip, twice, gone, cut, silence, flood, inserted, truncated }

        let place: Int
        let kind: Kind
        private let seed: UInt64

        init(seed: UInt64) {
            var numbers = Numbers(state: seed)
            place = Int.random(in: 1...120, using: &numbers)
            kind = Kind.allCases[Int.random(in: 0..<Kind.allCases.count, using: &numbers)]
            self.seed = seed
        }

        func answer(_ message: MessageProxy.Message) -> MessageProxy.Answer {
            var numbers = Numbers(state: seed ^ 0x5DEE_CE66)
            var bytes = message.bytes
            func byte(_ numbers: inout Numbers) -> UInt8 { UInt8.random(in: 0...255, using: &numbers) }
            switch kind {
            case .otherKind: bytes[0] = byte(&numbers)
            case .shorter, .longer:
                let length = kind == .shorter ? UInt32.random(in: 0...4, using: &numbers) : UInt32.random(in: 5...(.max), using: &numbers)
                bytes.replaceSubrange(1..<5, with: length.bigEndianBytes)
            case .noise: bytes = (0..<Int.random(in: 1...9000, using: &numbers)).map { _ in byte(&numbers) }
            case .flip: bytes[Int.random(in: 0..<bytes.count, using: &numbers)] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &numbers)
            case .twice: bytes += bytes
            case .gone: bytes = []
            case .cut: bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &numbers)))
            case .silence: return .silence
            case .flood:
                let piece = Array(Array(repeating: bytes, count: 50).joined())
                return .flood { _ in piece }
            case .inserted:
                let kinds = Array("ACDEGHIKNRSTVWZcdnst12~")
                let inserted = MessageProxy.Message(
                    kinds[Int.random(in: 0..<kinds.count, using: &numbers)],
                    (0..<Int.random(in: 0...40, using: &numbers)).map { _ in byte(&numbers) })
                bytes = inserted.bytes + bytes
            case .truncated:
                let body = Array(message.body.prefix(Int.random(in: 0...message.body.count, using: &numbers)))
                bytes = [message.kind] + UInt32(body.count + 4).bigEndianBytes + body
            }
            return .bytes(bytes)
        }
    }

    /// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
