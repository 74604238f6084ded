import Glibc
import Testing

@testable import TestKit

@Suite("The fault proxy", .timeLimit(.minutes(1)))
struct FaultProxyTests {
    @Test("carries a session of psql unchanged, and counts its bytes")
    func carriesPostgres() async throws {
        try await withDatabase { database in
            try await withFaultProxy(to: database.port) { proxy in
                try await database.psql("CREATE EXTENSION dblink")
                let rows = try await database.psql(
                    "SELECT sum(length(x)) FROM dblink(:'way', 'SELECT repeat(''x'', 100) FROM generate_series(1, 20000)') AS t(x text)",
                    variables: ["way": database.conninfo(port: proxy.port)])
                #expect(rows == "2000000")
                #expect(proxy.bytes(.toClient) > 2_000_000)
                #expect(proxy.accepted == 1)
                try await eventually("the connection to be closed", within: .seconds(5)) { proxy.open == 0 }
            }
        }
    }

    @Test("forwards both ways, the end of a stream included")
    func forwards() async throws {
        try await withPair { client, server, _ in
            try client.sendAll([1, 2, 3])
            #expect(server.receive(3) == [1, 2, 3])
            try server.sendAll([4])
            #expect(client.receive(1) == [4])
            client.finishWriting()
            #expect(server.receive(1) == [])
        }
    }

    @Test("cuts after n bytes: these arrive, then comes the end or a reset, once", arguments: [Faults.Ending.close, .reset])
    func cuts(_ ending: Faults.Ending) async throws {
        try await withPair(faults: { $0.set(.toClient) { $0.cut = .init(after: 5, ending) } }) { client, server, proxy in
            try server.sendAll([0, 1, 2, 3, 4, 5, 6, 7])
            #expect(client.receive(8) == [0, 1, 2, 3, 4])
            try await eventually("the cut to be noted", within: .seconds(5)) { proxy.open == 0 }
            #expect(proxy.bytes(.toClient) == 5)
            #expect(proxy.faults(.toClient).cut == nil)
        }
    }

    @Test("flips one bit at an offset, once")
    func flips() async throws {
        try await withPair(faults: { $0.set(.toServer) { $0.flip = .init(offset: 3, bit: 1) } }) { client, server, proxy in
            try client.sendAll([0, 0, 0, 0, 0])
            #expect(server.receive(5) == [0, 0, 0, 2, 0])
            try await eventually("the flip to be noted", within: .seconds(5)) { proxy.faults(.toServer).flip == nil }
        }
    }

    @Test("a black hole keeps the connection and loses nothing")
    func stalls() async throws {
        try await withPair { client, server, proxy in
            proxy.pause()
            try client.sendAll([1, 2, 3])
            #expect(server.receive(1, within: .milliseconds(50)) == nil)
            #expect(proxy.open == 1)
            proxy.resume()
            #expect(server.receive(3) == [1, 2, 3])
        }
    }

    @Test("slices of one byte still make up the whole")
    func slices() async throws {
        try await withPair(faults: { $0.set(.toServer) { $0.slice = 1 } }) { client, server, _ in
            let sent = (0..<2000).map { UInt8(truncatingIfNeeded: $0) }
            try client.sendAll(sent)
            #expect(server.receive(2000) == sent)
        }
    }

    @Test("latency delays, bandwidth paces")
    func paces() async throws {
        try await withPair { client, server, proxy in
            let clock = ContinuousClock()
            proxy.set(.toServer) { $0.latency = .milliseconds(40) }
            let delay = try clock.measure { try exchange([1], from: client, to: server) }
            #expect(delay >= .milliseconds(40))
            proxy.set(.toServer) { $0.bytesPerSecond = 10_000 }
            let pace = try clock.measure { try exchange([UInt8](repeating: 0, count: 1000), from: client, to: server) }
            #expect(pace >= .milliseconds(70))
        }
    }

    @Test("resets what is open, and refuses what is new until healed")
    func resets() async throws {
        try await withPair { client, server, proxy in
            proxy.refuse()
            try await proxy.endConnections(.reset)
            #expect(client.receive(1) == [])
            #expect(server.receive(1) == [])
            let refused = try Peer(connectedTo: proxy.port)
            #expect(refused.receive(1) == [])
            proxy.heal()
        }
    }

    private func exchange(_ bytes: [UInt8], from sender: Peer, to receiver: Peer) throws {
        try sender.sendAll(bytes)
        #expect(receiver.receive(bytes.count) == bytes)
    }

    /// Runs `body` with a connection that goes through a proxy: the client's end and the server's end.
    private func withPair(
        faults: (FaultProxy) -> Void = { _ in }, _ body: (Peer, Peer, FaultProxy) async throws -> Void
    ) async throws {
        let listener = try LoopbackSocket.listen(on: 0)
        try await withFaultProxy(to: listener.port) { proxy in
            faults(proxy)
            let client = try Peer(connectedTo: proxy.port)
            var accepted: Peer?
            try await eventually("the proxy to connect", within: .seconds(5)) {
                if let socket = listener.accept() { accepted = Peer(socket) }
                return accepted != nil
            }
            try await body(client, try #require(accepted), proxy)
        }
    }
}
