import Postgres
import Testing

@testable import TestKit

/// What a server can say before it is known to be the right one.
@Suite("A forged server", .timeLimit(.minutes(1)))
struct ForgedServerTests {
    @Test("shows nothing of its own making before TLS, and control characters never")
    func errorBeforeTLS() async throws {
        let forged = "E" + "SFATAL\0C28P01\0M\u{1B}[2Jcall this number\nnow\0\0"
        let error = try await answer(with: bytes(ofError: forged), TLS(mode: .verifyFull))
        #expect(error.code == .connectionFailed)
        #expect(!error.message.contains("call this number"))
    }

    @Test("has its message shown as one line without control characters")
    func plainError() async throws {
        let forged = "E" + "SFATAL\0C3D000\0M\u{1B}[2Jno such\ndatabase\0\0"
        let error = try await answer(with: bytes(ofError: forged), TLS(mode: .disable))
        #expect(error.sqlstate?.code == "3D000")
        #expect(error.message.contains("[2Jno such database"))
        #expect(error.message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test(
        "that does not speak the protocol is an error and no crash",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\0\0\0\0\0\0\0\0", "R\u{7F}\u{7F}\u{7F}\u{7F}", "R\0\0\0\u{8}\0\0\0\u{63}",
            "Z\0\0\0\u{5}I",
            "R\0\0\0\u{8}\0\0\0\0Z\0\0\0\u{5}I",
        ])
    func garbage(text: String) async throws {
        let error = try await answer(with: Array(text.utf8), TLS(mode: .disable))
        #expect([.connectionFailed, .connectDeadlineExceeded].contains(error.code), "\(error)")
    }

    /// An ErrorResponse: its type, its length, its fields.
    private func bytes(ofError text: String) -> [UInt8] {
        let fields = Array(text.utf8.dropFirst())
        return [UInt8(ascii: "E"), 0, 0, 0, UInt8(fields.count + 4)] + fields
    }

    /// Connects to a listener that answers whatever comes first with `bytes`, and gives the error.
    private func answer(with bytes: [UInt8], _ tls: TLS) async throws -> PostgresError {
        let listener = try LoopbackSocket.listen(on: 0)
        var parameters = try ConnectionParameters(
            host: "127.0.0.1", port: listener.port, database: "d", user: "u", password: Secret("p"), tls: tls)
        parameters.deadlines.connect = .seconds(2)
        parameters.deadlines.cancel = .milliseconds(100)
        let given = parameters
        async let error = postgresError { try await Connection.with(given) { _ in } }
        var client: Box?
        try await eventually("the client to connect and to speak", within: .seconds(10)) {
            if client == nil, let socket = listener.accept() { client = Box(socket: socket) }
            if case .bytes = client?.socket.read(atMost: 8192) { return true }
            return false
        }
        _ = client?.socket.write(bytes)
        client?.socket.finishWriting()
        return try await error
    }

    private final class Box {
        let socket: LoopbackSocket
        init(socket: consuming LoopbackSocket) { self.socket = socket }
    }
}
