import Postgres
import PostgresBinary
import TestKit
import Testing
import Warehouse

@Suite("Publishing beside sessions that hold locks", .timeLimit(.minutes(2)))
struct LockConflictTests {
    private func withTarget(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            try await body(scene, try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a")))
        }
    }

    @Test("goes on while a reader keeps what it has read locked; only a view that has to be replaced waits, two seconds at most")
    func longReader() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2, 3]), to: target)
            let parameters = try ConnectionParameters(conninfo: scene.database.conninfo)
            try await Connection.with(parameters) { reader in
                try await reader.query("BEGIN")
                try await reader.query("SELECT * FROM public.r")
                #expect(try await scene.publish(DayContent("2025-09-24", ids: [1, 2, 4]), to: target) == .merged)
                #expect(try await scene.publish(DayContent("2025-09-25", ids: [5]), to: target) == .loaded)
                // A tenant more: the public view has to change.
                let other = try await scene.warehouse.withSession { session in
                    try await ReportTarget.ensure(target.report, for: try await scene.addTenant("b"), session)
                }
                let clock = ContinuousClock()
                let start = clock.now
                async let refreshed: Void = scene.refresh("r")
                try await Connection.with(parameters) { newcomer in
                    try await eventually("the view's replacement to wait", within: .seconds(20)) {
                        try await newcomer.query(
                            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'public.r'::regclass AND NOT granted)"
                        ).scalar == "t"
                    }
                    // Queues up behind the replacement until that gives up; a busy machine may take a little longer to.
                    try await newcomer.query("SET lock_timeout = '5s'")
                    #expect(try await newcomer.query("SELECT count(*) FROM public.r").scalar == "4")
                }
                var error: PostgresError?
                do { try await refreshed } catch let timeout as PostgresError { error = timeout }
                #expect(error?.sqlstate?.code == "55P03" && error?.isTransient == true)
                #expect(clock.now - start < .seconds(10))
                #expect(try await scene.publish(DayContent("2025-09-24", ids: [6]), to: other) == .loaded)
                try await reader.query("COMMIT")
            }
            try await scene.refresh("r")
            #expect(try await scene.database.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM public.r") == "1,2,4,5,6")
        }
    }

    @Test("in a deadlock with somebody's LOCK TABLE is the victim with an error that can be tried again, and then succeeds")
    func deadlock() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            let day = try DayContent("2025-09-24", ids: [1, 2])
            // The publisher has the day's table and needs the parent; the administrator has the parent and needs the day's table.
            let (staging, publisherStages) = AsyncStream.makeStream(of: Void.self)
            async let administered: Void = administer(scene.database, after: staging)
            let error = await #expect(throws: PostgresError.self) {
                try await scene.warehouse.withSession { session in
                    try await DayPublisher(target, session).publish(day.load) { stream in
                        publisherStages.finish()
                        try await eventually("the administrator to wait", within: .seconds(20)) {
                            try await scene.database.psql(
                                "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'a.r_2025_09_24'::regclass AND NOT granted)"
                            ) == "t"
                        }
                        try await day.put(on: stream)
                    }
                }
            }
            #expect(error?.sqlstate?.code == "40P01" && error?.isTransient == true)
            try await administered
            #expect(try await scene.database.psql("SELECT id FROM public.r") == "1")
            #expect(try await scene.publish(day, to: target) == .merged)
        }
    }

    /// Locks the parent and then the day's table, once `signal` has ended. Never the victim of a deadlock.
    private func administer(_ database: TestDatabase, after signal: AsyncStream<Void>) async throws {
        for await _ in signal {}
        try await Connection.with(try ConnectionParameters(conninfo: database.conninfo)) { session in
            try await session.query("SET deadlock_timeout = '1h'")
            try await session.query("BEGIN")
            try await session.query("LOCK TABLE ONLY a.r_days IN ACCESS EXCLUSIVE MODE")
            try await session.query("LOCK TABLE ONLY a.r_2025_09_24 IN ACCESS EXCLUSIVE MODE")
            try await session.query("ROLLBACK")
        }
    }

    @Test("by two runs that take the same days in opposite order ends without a deadlock, and with all days")
    func oppositeOrder() async throws {
        try await withTarget { scene, target in
            let first = try #require(CalendarDate("2025-09-01"))
            let dates = (0..<20).map { (first + $0).description }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (run, dates) in [(1, dates), (2, dates.reversed())] {
                    group.addTask {
                        for (round, date) in (dates + dates).enumerated() {
                            let ids = Array(1...Int32(10 + round % 7))
                            try await scene.publish(DayContent(date, ids: ids, run: Int64(run)), to: target)
                            try await scene.ensure(target.report, for: try await scene.tenant("a"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(
                try await scene.database.psql(
                    """
                    SELECT count(*) FROM _wh.ledger;
                    SELECT sum(rows) = (SELECT count(*) FROM a.r) FROM _wh.ledger
                    """) == "20\nt")
        }
    }

    @Test("keeps others from writing to a day while it is compared and merged, and lets them read it")
    func keepsWritersOut() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            let day = try DayContent("2025-09-24", ids: [1, 3])
            let result = try await scene.warehouse.withSession { session in
                try await DayPublisher(target, session).publish(day.load) { stream in
                    let error = await #expect(throws: ClusterError.self) {
                        try await scene.database.psql("SET lock_timeout = '100ms'; UPDATE a.r_2025_09_24 SET note = 'by hand'")
                    }
                    #expect(error?.sqlstate == "55P03")
                    #expect(try await scene.database.psql("SET lock_timeout = '100ms'; SELECT sum(id) FROM a.r_2025_09_24") == "3")
                    try await day.put(on: stream)
                }
            }
            #expect(result == PublishResult(outcome: .merged, inserted: 1, deleted: 1))
        }
    }

    @Test("waits no longer than two seconds for a day's table that somebody has locked, and can be tried again")
    func lockTimeout() async throws {
        try await withTarget { scene, target in
            try await scene.publish(DayContent("2025-09-24", ids: [1]), to: target)
            try await Connection.with(try ConnectionParameters(conninfo: scene.database.conninfo)) { administrator in
                try await administrator.query("BEGIN")
                try await administrator.query("LOCK TABLE a.r_2025_09_24 IN ACCESS EXCLUSIVE MODE")
                let error = await #expect(throws: PostgresError.self) {
                    try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
                }
                #expect(error?.sqlstate?.code == "55P03" && error?.isTransient == true)
                try await administrator.query("ROLLBACK")
            }
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target) == .merged)
        }
    }
}

extension WarehouseScene {
    fileprivate func refresh(_ report: String) async throws {
        try await warehouse.withSession { try await ReportTarget.refreshPublicView(of: report, $0) }
    }

    fileprivate func tenant(_ name: String) async throws -> Tenant {
        try await warehouse.withSession { try await TenantCatalogue.named(name, $0) }
    }
}
