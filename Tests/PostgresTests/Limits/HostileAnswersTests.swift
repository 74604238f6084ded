import Glibc
import Postgres
import TestKit
import Testing

@testable import Clusters

/// What a tenant's server can send once it has let us in.
@Suite("A hostile answer", .serialized, .timeLimit(.minutes(3)))
struct HostileAnswersTests {
    /// What is done to the first message of a kind that answers a statement with `text` in it.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var kind: Character = "D"
        let codes: Set<PostgresError.Code>
        let answer: @Sendable (MessageProxy.Message) -> MessageProxy.Answer

        init(
            _ name: String, at kind: Character = "D", _ codes: PostgresError.Code...,
            answer: @escaping @Sendable (MessageProxy.Message) -> MessageProxy.Answer
        ) {
            (testDescription, self.kind, self.codes, self.answer) = (name, kind, Set(codes), answer)
        }
    }

    private typealias Message = MessageProxy.Message

    private static func endless(_ pieces: [[UInt8]], _ next: @escaping @Sendable (Int) -> [UInt8]) -> MessageProxy.Answer {
        .flood { $0 < pieces.count ? pieces[$0] : next($0) }
    }

    private static func repeated(_ message: Message, _ count: Int = 500) -> @Sendable (Int) -> [UInt8] {
        let bytes = Array(Array(repeating: message.bytes, count: count).joined())
        return { _ in bytes }
    }

    private static let filler: @Sendable (Int) -> [UInt8] = { _ in Array(repeating: 120, count: 64 << 10) }
    private static let notice = Message.error("00000", String(repeating: "x", count: 1000), severity: "NOTICE", kind: "N")
    private static let notification = Message(
        "A", UInt32(1).bigEndianBytes + Array("channel\0".utf8) + Array(repeating: 120, count: 7000) + [0])

    private static func parameters(_ number: Int) -> [UInt8] {
        (0..<20).flatMap { Message("S", Array("p\(number)_\($0)\0".utf8) + Array(repeating: 120, count: 3000) + [0]).bytes }
    }

    /// Answers to a statement of control.
    private static let answers = [
        Case("of endless rows", .answerTooLarge) { Self.endless([], repeated($0)) },
        Case("with a field of 1 GiB", .answerTooLarge, .connectionLost) { _ in
            let field = UInt16(1).bigEndianBytes + UInt32((1 << 30) - 10).bigEndianBytes
            return Self.endless([Array("D".utf8) + UInt32(1 << 30).bigEndianBytes + field], filler)
        },
        Case("with an error of 200 MB", .answerTooLarge, .connectionLost) { _ in
            Self.endless([Array("E".utf8) + UInt32(200_000_000).bigEndianBytes + Array("SERROR\0C22000\0M".utf8)], filler)
        },
        Case("with an error of 3 MB", .server) { _ in
            .bytes(Message.error("22000", String(repeating: "x", count: 3_000_000)).bytes + Message("Z", [73]).bytes)
        },
        Case("of endless notices", .answerTooLarge) { _ in Self.endless([], repeated(notice)) },
        Case("of endless notifications", .answerTooLarge) { _ in Self.endless([], repeated(notification, 20)) },
        Case("of endless parameters", .answerTooLarge) { _ in Self.endless([], parameters) },
        Case("of endless tags", at: "C", .answerTooLarge, .protocolViolation, .connectionLost) { Self.endless([], repeated($0)) },
        Case("of a notice a second", .stalled) { _ in
            .flood { _ in
                var time = timespec(tv_sec: 0, tv_nsec: 300_000_000)
                nanosleep(&time, nil)
                return notice.bytes
            }
        },
        Case("that never comes", .stalled) { _ in .silence },
        Case("of a broken BindComplete", at: "2", .protocolViolation, .connectionLost, .server) { _ in
            .bytes(Message("2", Array(repeating: 120, count: 20)).bytes)
        },
        Case("of 2^31 - 1 bytes", .protocolViolation, .connectionLost, .answerTooLarge, .server) { _ in
            Self.endless([Array("D".utf8) + UInt32(0x7fff_fff0).bigEndianBytes], filler)
        },
        Case("of noise", .protocolViolation, .connectionLost, .server) { _ in
            .bytes((0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 7919) })
        },
    ]

    @Test("to a statement ends it, within its time and size (faults 33 and 75)", arguments: answers)
    func control(_ hostile: Case) async throws {
        let limit = try await withProxy(hostile, "hostile") { connection in
            try await postgresError { try await connection.query("SELECT 'hostile'") }
        }
        #expect(hostile.codes.contains(limit.code), "\(limit)")
        #expect(limit.message.utf8.count < 5000)
    }

    /// Answers to a COPY, in place of its first message.
    private static let copies = [
        Case("of a message of 1 GiB", at: "d", .answerTooLarge, .connectionLost) { _ in
            Self.endless([Array("d".utf8) + UInt32(1 << 30).bigEndianBytes], filler)
        },
        Case("of endless notices", at: "d", .answerTooLarge) { _ in Self.endless([], repeated(notice)) },
        Case("of endless notifications", at: "d", .answerTooLarge) { _ in Self.endless([], repeated(notification, 20)) },
        // libpq compares each with all that it has.
        Case("of endless parameters", at: "d", .answerTooLarge, .stalled) { _ in Self.endless([], parameters) },
        Case("of a notice a second", at: "d", .stalled) { _ in
            .flood { _ in
                var time = timespec(tv_sec: 0, tv_nsec: 300_000_000)
                nanosleep(&time, nil)
                return notice.bytes
            }
        },
        Case("of endless rows", at: "d", .stalled) { Self.endless([], repeated($0, 20)) },
        Case("that began after an error", at: "H", .protocolViolation) { .bytes(Message.error("22000", "no").bytes + $0.bytes) },
        Case("with a broken BindComplete", at: "2", .protocolViolation, .connectionLost, .server) { _ in
            .bytes(Message("2", Array(repeating: 120, count: 20)).bytes)
        },
        Case("in the other direction", at: "H", .protocolViolation) { .bytes(Message("G", $0.body).bytes) },
        Case("in both directions", at: "H", .protocolViolation) { .bytes(Message("W", $0.body).bytes) },
        Case("with an error of 200 MB", at: "d", .answerTooLarge, .connectionLost) { _ in
            Self.endless([Array("E".utf8) + UInt32(200_000_000).bigEndianBytes + Array("SERROR\0C22000\0M".utf8)], filler)
        },
    ]

    @Test("to a COPY ends it, within its time and size (faults 33, 73 and 75)", arguments: copies)
    func copy(_ hostile: Case) async throws {
        let error = try await withProxy(hostile, "COPY") { connection in
            try await postgresError {
                var counter = ByteCounter()
                _ = try await connection.copyOut("COPY (SELECT generate_series(1, 10)) TO STDOUT (FORMAT binary)", into: &counter)
            }
        }
        #expect(hostile.codes.contains(error.code), "\(error)")
    }

    /// A connection whose answers to statements with `text` in them are changed, with three seconds of patience.
    private func withProxy<Result>(
        _ hostile: Case, _ text: String, _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        try await withDatabase { database in
            try await withMessageProxy(to: database.port) { message, exchange in
                guard exchange.statement.contains(text), message.kind == hostile.kind.asciiValue else { return .same }
                return hostile.answer(message)
            } _: { proxy in
                var parameters = try database.parameters(port: proxy.port)
                parameters.deadlines.progress = .seconds(3)
                parameters.deadlines.cancel = .milliseconds(200)
                parameters.limits?.copyTime = .seconds(6)
                let start = ContinuousClock.now
                let result = try await Connection.with(parameters, body)
                #expect(ContinuousClock.now - start < .seconds(20))
                return result
            }
        }
    }

    @Test("takes less than 192 MiB, whatever it is", .disabled(if: ChildProcess.isOne))
    func memory() async throws {
        try await withDatabase { database in
            let printed = try await ChildProcess.run("memoryInChild", database.conninfo, within: .seconds(150))
            #expect(printed.contains("peak of"), "\(printed)")
            print(printed.split(separator: "\n").filter { $0.contains("peak of") })
        }
    }

    /// The most memory that this process has had, in MiB.
    private func peak() throws -> Int {
        let line = try #require(PrivateFile.read("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber))) >> 10
    }

    @Test("seen from a process of its own", .enabled(if: ChildProcess.isOne))
    func memoryInChild() async throws {
        // The test's own, and of its proxy.
        let before = try peak()
        for hostile in Self.answers {
            try await control(hostile)
            #expect(try peak() - before < 192, "answer \(hostile)")
        }
        for hostile in Self.copies {
            try await copy(hostile)
            #expect(try peak() - before < 192, "COPY \(hostile)")
        }
        print("peak of \(try peak()) MiB, \(before) of them before")
    }
}
