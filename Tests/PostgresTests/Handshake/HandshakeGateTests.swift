import Postgres
import Synchronization
import TestKit
import Testing

@Suite("A server that asks for more than a proof of the password", .serialized, .timeLimit(.minutes(2)), TLSServerTrait())
struct HandshakeGateTests {
    private var server: TLSServer { get throws { try #require(TLSServer.current) } }

    private func answer(_ parameters: ConnectionParameters) async throws -> String? {
        try await Connection.with(parameters) { try await $0.query("SELECT current_user").scalar }
    }

    @Test("gets neither the password nor its MD5, with TLS or without (fault 34)", arguments: ["plain", "digest"])
    func refused(user: String) async throws {
        let server = try server
        let authority = server.certificates.authority
        for tls in [TLS(mode: .disable), TLS(mode: .require), TLS(mode: .verifyFull, authorities: authority)] {
            let error = try await server.refusal(user: user, tls)
            #expect(error.message.contains("was not given away") && error.hint?.contains("scram-sha-256") == true, "\(error)")
            #expect(!error.isTransient)
        }
    }

    @Test("gets it where that is allowed, over TLS with its name verified, and nowhere else", arguments: ["plain", "digest"])
    func allowed(user: String) async throws {
        let server = try server
        var parameters = try server.parameters(user: user, TLS(mode: .verifyFull, authorities: server.certificates.authority))
        parameters.allowsPasswordAuthentication = true
        #expect(try await answer(parameters) == user)
        for tls in [TLS(mode: .disable), TLS(mode: .require), TLS(mode: .verifyCA, authorities: server.certificates.authority)] {
            parameters = try server.parameters(user: user, tls)
            parameters.allowsPasswordAuthentication = true
            let given = parameters
            let error = try await postgresError { try await answer(given) }
            #expect(error.message.contains("was not given away"), "\(error)")
        }
    }

    @Test(
        "for 2³¹ − 1 SCRAM iterations is refused before one is computed (fault 74)",
        arguments: [TLS.Mode.disable, .require, .verifyFull])
    func endless(mode: TLS.Mode) async throws {
        let server = try server
        let start = ContinuousClock.now
        let authorities = mode == .verifyFull ? server.certificates.authority : nil
        let error = try await server.refusal(user: "endless", TLS(mode: mode, authorities: authorities))
        #expect(error.message.contains("2147483647 SCRAM iterations"), "\(error)")
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("opens sessions as before, with all that follows them in the same packet")
    func ready() async throws {
        let server = try server
        for mode in [TLS.Mode.disable, .require] {
            let parameters = try server.parameters(TLS(mode: mode))
            for _ in 0..<20 { #expect(try await answer(parameters) == "postgres") }
        }
    }

    @Test("in messages that come a byte at a time is understood as well")
    func slices() async throws {
        let server = try server
        try await withFaultProxy(to: server.cluster.port) { proxy in
            proxy.set(.toClient) { $0.slice = 1 }
            for mode in [TLS.Mode.disable, .require] {
                let parameters = try server.parameters(port: proxy.port, TLS(mode: mode))
                #expect(try await answer(parameters) == "postgres")
            }
        }
    }

    @Test(
        "in the middle of another exchange, or twice, gets nothing either",
        arguments: [
            [(3, "")], [(10, "SCRAM-SHA-256\0\0"), (3, "")], [(10, "SCRAM-SHA-256\0\0"), (5, "salt")],
        ] as [[(UInt32, String)]])
    func forged(_ requests: [(code: UInt32, rest: String)]) async throws {
        let server = try server
        let bytes = requests.flatMap { MessageProxy.Message("R", $0.code.bigEndianBytes + Array($0.rest.utf8)).bytes }
        try await withMessageProxy(to: server.cluster.port) { message, exchange in
            exchange.messages == 1 ? .bytes(bytes) : .same
        } _: { proxy in
            for _ in 0..<10 {
                let error = try await server.refusal(port: proxy.port, TLS(mode: .disable))
                #expect(error.code == .connectionFailed, "\(error)")
            }
            #expect(proxy.connections == 10)
            let password = Array(server.cluster.password.utf8)
            #expect(proxy.proofs.allSatisfy { !$0.contains(password) && $0.starts(with: "SCRAM-SHA-256".utf8) })
        }
    }

    @Test("that says the password says it to nobody")
    func echo() async throws {
        let server = try server
        let password = server.cluster.password
        try await withMessageProxy(to: server.cluster.port) { message, exchange in
            guard exchange.statement.contains("echo") else { return .same }
            switch message.kind {
            case UInt8(ascii: "D"): return .bytes(MessageProxy.Message.error("22000", "no \(password)!").bytes)
            default: return .same
            }
        } _: { proxy in
            let parameters = try server.parameters(port: proxy.port, TLS(mode: .disable))
            try await Connection.with(parameters) { connection in
                let error = try await postgresError { try await connection.query("SELECT 'echo'") }
                #expect(error.message.contains("no •••!"), "\(error)")
                let name = try await connection.describe("SELECT 1 AS \"\(password)\"").first?.name
                #expect(name == "•••")
                let value = try await connection.query("SELECT 'x\(password)'").scalar
                #expect(value == "x•••")
            }
        }
    }
}
