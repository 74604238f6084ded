import Glibc
import Ingest
import TestKit
import Testing

@Suite("A source that dies while it is read", .timeLimit(.minutes(5)))
struct SourceDeathTests {
    @Test("by one backend's SIGKILL: a lost connection; the old days stay, the twin is done, and the next run loads the new ones (fault 1)")
    func backendKilled() async throws {
        try await withTwinOnOwnServer { twins in
            #expect(try await twins.ingest().outcome == .done)
            try await twins.change("UPDATE readings SET v = 'new' || id")
            let before = try await twins.visible()

            async let failing = twins.trying(1).ingest()
            try await twins.holdUpCopy { kill(try await twins.copyUnderWay(), SIGKILL) }
            let failed = try await failing
            #expect(failed.outcome == .partial)
            #expect(failed.ends(of: "tenant_a") == ["connectionLost"] && failed.ends(of: "tenant_b") == ["merged"])
            #expect(try await twins.visible() == before)

            // The server ends all its sessions, recovers, and takes new ones: a run that tries again gets through by itself.
            try await eventually("the server to have recovered", within: .seconds(30)) {
                (try? await twins.replica.psql("SELECT 1")) == "1"
            }
            let retries = Retries()
            async let trying = twins.trying(20).ingest(retries)
            try await twins.holdUpCopy { kill(try await twins.copyUnderWay(), SIGKILL) }
            let done = try await trying
            #expect(done.outcome == .done && done.ends(of: "tenant_a") == ["merged"])
            #expect(retries.all.first == "tenant_a connectionLost 1", "\(retries.all)")
            try await twins.expectHealed()
        }
    }

    /// How a whole server goes, and what a run that does not try again says of it.
    enum Ending: String, CaseIterable {
        case killed = "connectionLost"
        case immediate
        case fast = "server 57P01"
    }

    @Test(
        "as a whole, by SIGKILL, by an immediate or a fast stop: transient; the old days stay, and a run that goes on gets through (faults 2, 3)",
        arguments: Ending.allCases)
    func serverGone(_ ending: Ending) async throws {
        try await withTwinOnOwnServer(Twins.slowQuery) { twins in
            let server = twins.primary.cluster
            func end() async throws {
                _ = try await twins.copyUnderWay()
                switch ending {
                case .killed: try await server.kill9()
                case .immediate: try await server.stop(.immediate)
                case .fast: try await server.stop(.fast)
                }
            }
            async let failing = twins.trying(1).ingest()
            try await end()
            let failed = try await failing
            #expect(failed.outcome == .partial && failed.ends(of: "tenant_b") == ["loaded"])
            let expected = ending == .immediate ? ["connectionLost"] : [ending.rawValue]
            #expect(failed.ends(of: "tenant_a") == expected)
            #expect(try await twins.visible() == "")

            try await server.start()
            let retries = Retries()
            async let trying = twins.trying(20).ingest(retries)
            try await end()
            try await eventually("the run to find the server gone", within: .seconds(30)) {
                retries.all.contains { $0.hasPrefix("tenant_a connectionFailed") }
            }
            try await server.start()
            let done = try await trying
            #expect(done.outcome == .done && done.ends(of: "tenant_a") == ["loaded"])
            #expect(retries.all.allSatisfy { $0.hasPrefix("tenant_a ") })
            try await twins.expectHealed()
        }
    }

    @Test("takes no new session while it shuts down: 57P03 is tried again until it is back (fault 3)")
    func shuttingDown() async throws {
        try await withTwinOnOwnServer(Readings.windowQuery) { twins in
            let server = twins.primary.cluster
            let retries = Retries()
            try await withThrowingTaskGroup { group in
                // A smart stop waits for this session, and the server turns others away meanwhile.
                group.addTask { try await twins.primary.psql("SELECT pg_sleep(300)") }
                try await eventually("the session that the stop waits for", within: .seconds(20)) {
                    try await twins.primary.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
                }
                let backend = try await twins.primary.psql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                async let stopped: Void = server.stop(.smart)
                try await eventually("the server to turn sessions away", within: .seconds(20)) {
                    do { return try await twins.primary.psql("SELECT 1") == "" } catch { return true }
                }
                async let running = twins.trying(30).ingest(retries)
                try await eventually("the run to be turned away twice", within: .seconds(30)) {
                    retries.all.prefix(2) == ["tenant_a connectionFailed 57P03 1", "tenant_a connectionFailed 57P03 2"]
                }
                kill(try #require(Int32(backend)), SIGTERM)
                try await stopped
                try await server.start()
                #expect(try await running.outcome == .done)
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
            try await twins.expectHealed()
        }
    }
}
