import Ingest
import TestKit
import Testing
import Warehouse

@Suite("A server that lets no session in", .timeLimit(.minutes(5)))
struct ConnectionRefusedTests {
    @Test(
        "because nobody listens: as many connections as tries, with pauses, then the tenant's days fail; heard again, it is read (fault 13)"
    )
    func refused() async throws {
        try await withTwins(Readings.windowQuery) { twins in
            twins.proxy.refuse()
            let retries = Retries()
            let start = ContinuousClock.now
            let result = try await twins.trying(4).ingest(retries)
            #expect(ContinuousClock.now - start < .seconds(30))
            #expect(result.outcome == .partial)
            #expect(result.ends(of: "tenant_a") == ["connectionFailed"] && result.ends(of: "tenant_b") == ["loaded"])
            #expect(retries.all == (1...3).map { "tenant_a connectionFailed \($0)" })
            #expect(twins.proxy.accepted == 4)
            async let waiting = twins.trying(30).ingest(retries)
            try await eventually("another try", within: .seconds(20)) { retries.all.count > 4 }
            twins.proxy.heal()
            #expect(try await waiting.outcome == .done)
            try await twins.expectEqual()
        }
    }

    /// What makes a server refuse a login for good, and how it is taken back.
    static let refusals: [(refusal: String, cure: String, sqlstate: String)] = [
        ("PASSWORD 'another'", "PASSWORD 'right'", "28P01"),
        ("VALID UNTIL '2020-01-01'", "VALID UNTIL 'infinity'", "28P01"),
        ("NOLOGIN", "LOGIN", "28000"),
    ]

    @Test(
        "for good: not a connection for each of the tenant's slices, no second try, and no password in the message (fault 15)",
        arguments: refusals)
    func final(_ refusal: String, _ cure: String, _ sqlstate: String) async throws {
        try await withTwins(Readings.windowQuery) { twins in
            var twins = twins
            // Five slices, one after the other.
            twins.scene.limits.sliceDays = 1
            twins.scene.limits.streamsPerReplica = 1
            let role = "reader_of_\(twins.primary.database)"
            try await twins.primary.psql("CREATE ROLE \(role) LOGIN PASSWORD 'right'; GRANT SELECT ON readings TO \(role)")
            try await twins.replay()
            try await twins.scene.addTenant("tenant_c", twins.replica, port: twins.proxy.port, user: role, password: "right")
            let only = Selection(tenants: ["tenant_b", "tenant_c"])
            try await twins.primary.psql("ALTER ROLE \(role) \(refusal)")
            try await twins.replay()
            let retries = Retries()
            let result = try await twins.scene.ingest(Twins.first, Twins.last, only) { retries.note($0) }
            #expect(result.ends(of: "tenant_c") == ["connectionFailed \(sqlstate)"] && result.ends(of: "tenant_b") == ["loaded"])
            // The next slice may have begun before it could be told.
            #expect((1...2).contains(twins.proxy.accepted) && retries.all == [])
            #expect(result.days.allSatisfy { $0.error?.description.contains("right") != true })
            try await twins.primary.psql("ALTER ROLE \(role) \(cure)")
            try await twins.replay()
            let cured = try await twins.scene.ingest(Twins.first, Twins.last, only)
            #expect(cured.outcome == .done && cured.ends(of: "tenant_c") == ["loaded"])
            try await twins.primary.psql("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }

    @Test("because the source's login has its sessions already: tried again until one ends, never two at once (fault 14)")
    func sourceLimit() async throws {
        try await withTwins(Readings.windowQuery) { twins in
            var twins = twins.trying(30)
            twins.scene.limits.sliceDays = 1
            let role = "reader_of_\(twins.primary.database)"
            try await twins.primary.psql(
                "CREATE ROLE \(role) LOGIN PASSWORD 'right' CONNECTION LIMIT 1; GRANT SELECT ON readings TO \(role)")
            try await twins.replay()
            try await twins.scene.addTenant("tenant_c", twins.replica, user: role, password: "right")
            let (scene, replica) = (twins.scene, twins.replica)
            let retries = Retries()
            let only = Selection(tenants: ["tenant_c"])
            try await withThrowingTaskGroup { group in
                group.addTask { _ = try? await replica.psql("SELECT pg_sleep(300)", user: role, password: "right") }
                try await eventually("the login's one session", within: .seconds(20)) {
                    try await replica.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = '\(role)'") == "1"
                }
                async let running = scene.ingest(Twins.first, Twins.last, only) { retries.note($0) }
                try await eventually("the run to be turned away twice", within: .seconds(20)) { retries.all.count > 2 }
                try await replica.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(role)'")
                // Five slices and two streams now share the one session.
                #expect(try await running.outcome == .done)
                group.cancelAll()
            }
            #expect(retries.all.allSatisfy { $0.hasPrefix("tenant_c connectionFailed 53300 ") }, "\(retries.all)")
            try await twins.expectHealed()
            try await twins.primary.psql("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }

    @Test("because the warehouse's login has its sessions already: days wait for one, and are loaded (fault 14)")
    func warehouseLimit() async throws {
        try await withTwins(Readings.windowQuery) { twins in
            var twins = twins.trying(30)
            let login = "login_of_\(twins.scene.database.database)"
            let engine = twins.scene.warehouse.roles.engine
            try await twins.scene.database.psql("CREATE ROLE \(login) LOGIN PASSWORD 'right' IN ROLE \(engine) CONNECTION LIMIT 3")
            twins.scene = try twins.scene.loggingIn(as: login, password: "right")
            let (scene, warehouse) = (twins.scene, twins.scene.database)
            let retries = Retries()
            // One for the run, one for its plan before: nothing is left for its two loaders but what these two hold.
            let plan = try await scene.plan(Twins.first, Twins.last)
            try await withThrowingTaskGroup { group in
                for _ in 0..<2 { group.addTask { _ = try? await warehouse.psql("SELECT pg_sleep(300)", user: login, password: "right") } }
                let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = '\(login)'"
                try await eventually("the other sessions of the login", within: .seconds(20)) { try await warehouse.psql(sessions) == "2" }
                async let running = scene.engine.run(plan, as: .ingest) { retries.note($0) }
                try await eventually("the loaders to be turned away", within: .seconds(20)) { retries.all.count > 2 }
                #expect(try await warehouse.psql("SELECT count(*) FROM _wh.ledger") == "0")
                try await warehouse.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(login)' AND query ~ 'sleep'")
                #expect(try await running.outcome == .done)
                group.cancelAll()
            }
            #expect(retries.all.allSatisfy { $0.contains(" warehouse.connectionFailed 53300 ") }, "\(retries.all)")
            try await twins.expectHealed()
        }
    }
}
