import Postgres
import TestKit
import Testing

@Suite("TLS", .serialized, TLSServerTrait(), .timeLimit(.minutes(2)))
struct TLSTests {
    private var server: TLSServer {
        get throws { try #require(TLSServer.current) }
    }

    @Test("protects a connection in every mode but disable", arguments: TLS.Mode.allCases)
    func modes(mode: TLS.Mode) async throws {
        let encryption = try await server.encryption(TLS(mode: mode, authorities: server.certificates.authority))
        #expect(mode == .disable ? encryption == nil : encryption?.hasPrefix("TLSv1.") == true)
    }

    @Test("needs no known authority when only encryption is asked for")
    func require() async throws {
        #expect(try await server.encryption(host: "127.0.0.1", TLS(mode: .require)) != nil)
    }

    @Test("refuses a server whose certificate names another host, for good")
    func wrongHost() async throws {
        let authority = try server.certificates.authority
        let error = try await server.refusal(host: "127.0.0.1", TLS(mode: .verifyFull, authorities: authority))
        #expect(error.code == .connectionFailed)
        #expect(error.message.contains("does not match host name"))
        #expect(!error.isTransient)
        #expect(try await server.encryption(host: "127.0.0.1", TLS(mode: .verifyCA, authorities: authority)) != nil)
    }

    @Test("refuses a server whose certificate an unknown authority has signed, for good", arguments: [TLS.Mode.verifyCA, .verifyFull])
    func unknownAuthority(mode: TLS.Mode) async throws {
        for authorities in try [server.certificates.stranger, nil] {
            let error = try await server.refusal(TLS(mode: mode, authorities: authorities))
            #expect(error.code == .connectionFailed)
            #expect(error.message.contains("certificate verify failed"))
            #expect(!error.isTransient)
        }
    }

    @Test("is not checked against authorities that are not there: that is an error", arguments: [TLS.Mode.verifyCA, .verifyFull])
    func missingAuthorities(mode: TLS.Mode) async throws {
        let error = try await server.refusal(TLS(mode: mode, authorities: "/dev/null/none"))
        #expect(error.message.contains("/dev/null/none"))
        #expect(!error.isTransient)
    }

    @Test("is never given up for plaintext when the server has none", arguments: TLS.Mode.allCases.filter { $0 != .disable })
    func serverWithout(mode: TLS.Mode) async throws {
        let primary = try await SharedClusters.primary()
        try await withFaultProxy(to: primary.port) { proxy in
            let error = try await server.refusal(port: proxy.port, TLS(mode: mode, authorities: server.certificates.authority))
            #expect(error.code == .connectionFailed)
            #expect(error.message.contains("does not support SSL"))
            #expect(error.hint?.contains("--sslmode disable of the tenant") == true)
            #expect(!error.isTransient)
            // Once the request for TLS, eight bytes, for each address of localhost that answers; no user name, no password.
            #expect(proxy.bytes(.toServer) == 8 * proxy.accepted)
        }
    }

    @Test("shows a bit that flips on the way as a lost connection", arguments: [2000, 20_000, 200_000])
    func bitFlip(offset: Int) async throws {
        let server = try server
        try await withFaultProxy(to: server.cluster.port) { proxy in
            let parameters = try server.parameters(port: proxy.port, TLS(mode: .verifyFull, authorities: server.certificates.authority))
            let error = try await postgresError {
                try await Connection.with(parameters) { connection in
                    proxy.set(.toClient) { $0.flip = .init(offset: proxy.bytes(.toClient) + offset, bit: 3) }
                    var counter = ByteCounter()
                    _ = try await connection.copyOut(
                        "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000)) TO STDOUT", into: &counter)
                }
            }
            #expect(error.code == .connectionLost)
            #expect(error.isTransient)
        }
    }

    @Test("that the network ends during the handshake can be tried again", arguments: [1, 100, 700])
    func cutHandshake(offset: Int) async throws {
        let server = try server
        for ending in [Faults.Ending.close, .reset] {
            try await withFaultProxy(to: server.cluster.port) { proxy in
                proxy.set(.toClient) { $0.cut = .init(after: offset, ending) }
                let error = try await server.refusal(port: proxy.port, TLS(mode: .verifyFull, authorities: server.certificates.authority))
                #expect(error.code == .connectionFailed)
                #expect(error.isTransient, "\(error)")
            }
        }
    }

    @Test("carries many rows both ways")
    func copies() async throws {
        let server = try server
        let parameters = try server.parameters(TLS(mode: .verifyFull, authorities: server.certificates.authority))
        try await Connection.with(parameters) { connection in
            try await connection.query("CREATE TEMP TABLE t (x text)")
            let copied = try await connection.copyIn("COPY t FROM STDIN") { stream in
                let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
                for _ in 0..<20_000 { try await put(line, to: stream) }
            }
            #expect(copied == 20_000)
            var counter = ByteCounter()
            #expect(try await connection.copyOut("COPY t TO STDOUT", into: &counter) == 20_000)
            #expect(counter.bytes == 20_000 * 1024)
        }
    }

    @Test("and a password are both asked for: a tenant's server that lets everyone in is refused")
    func trusting() async throws {
        for tls in try [TLS(mode: .disable), TLS(mode: .verifyFull, authorities: server.certificates.authority)] {
            let error = try await server.refusal(user: "trusted", tls)
            #expect(error.code == .connectionFailed)
            #expect(error.message.contains("did not ask for the password"))
            #expect(!error.isTransient)
        }
        let operators = try ConnectionParameters(conninfo: server.cluster.conninfo(user: "trusted") + " sslmode=disable")
        let user = try await Connection.with(operators) { try await $0.query("SELECT current_user").scalar }
        #expect(user == "trusted")
    }

    @Test("or not, a user whom pg_hba.conf rejects is refused for good")
    func rejected() async throws {
        let error = try await server.refusal(user: "rejected", TLS(mode: .verifyFull, authorities: server.certificates.authority))
        #expect(error.sqlstate?.code == "28000")
        #expect(!error.isTransient)
    }
}
