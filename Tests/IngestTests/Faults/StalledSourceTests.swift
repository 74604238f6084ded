import Glibc
import Ingest
import TestKit
import Testing

@Suite("A source that is there and says nothing", .timeLimit(.minutes(5)))
struct StalledSourceTests {
    private func allowing(_ seconds: Int, _ twins: Twins) async throws {
        try await twins.scene.database.psql(
            "UPDATE _wh.tenant_connections SET stall_seconds = \(seconds) WHERE tenant_name = 'tenant_a'")
    }

    @Test("because its backend stands still: given up at the tenant's deadline, and read again over a new session (fault 19)")
    func stoppedBackend() async throws {
        try await withTwins(Twins.slowQuery) { twins in
            try await allowing(2, twins)
            let retries = Retries()
            async let running = twins.ingest(retries)
            let backend = try await twins.copyUnderWay()
            kill(backend, SIGSTOP)
            defer { kill(backend, SIGCONT) }
            let start = ContinuousClock.now
            try await eventually("the run to give up on it", within: .seconds(20)) { !retries.all.isEmpty }
            #expect(retries.all == ["tenant_a stalled 1"])
            #expect(ContinuousClock.now - start > .seconds(1))
            // The stopped one holds up nothing.
            #expect(try await running.outcome == .done)
            #expect(retries.all == ["tenant_a stalled 1"])
            kill(backend, SIGCONT)
            try await eventually("the old backend to end", within: .seconds(20)) {
                try await twins.replica.psql("SELECT count(*) FROM pg_stat_activity WHERE pid = \(backend)") == "0"
            }
            try await twins.expectHealed()
        }
    }

    @Test("because the network swallows everything: days fail as stalled within the deadline's bounds, the twin is done (fault 19)")
    func blackHole() async throws {
        try await withTwins { twins in
            try await allowing(1, twins)
            async let running = twins.trying(1).ingest()
            twins.proxy.set(.toClient) { $0.bytesPerSecond = 1 << 20 }
            _ = try await twins.copyUnderWay()
            let start = ContinuousClock.now
            twins.proxy.pause()
            let result = try await running
            // The deadline, and another for the cancel request, which is swallowed as well.
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(result.outcome == .partial && result.ends(of: "tenant_b") == ["loaded"])
            #expect(result.ends(of: "tenant_a") == ["stalled"])
            #expect(try await twins.visible() == "")
            twins.proxy.heal()
            try await twins.expectHealed()
        }
    }
}
