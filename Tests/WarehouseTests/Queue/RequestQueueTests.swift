import Postgres
import PostgresBinary
import TestKit
import Testing
@testable import Warehouse

@Suite("The queue", .timeLimit(.minutes(2)))
struct RequestQueueTests {
    private func withReport(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            for name in ["tenant_a", "tenant_b"] { try await scene.addTenant(name) }
            try await scene.report("readings")
            try await scene.report("others")
            try await body(scene)
        }
    }

    private func claim(_ scene: WarehouseScene, _ worker: String = "w", lease: Duration = .seconds(60)) async throws -> QueuedRequest? {
        try await scene.warehouse.withSession { try await RequestQueue.claim(for: worker, lease: lease, $0) }
    }

    private func finish(_ request: QueuedRequest, _ scene: WarehouseScene, _ change: (inout SliceEnd) -> Void = { _ in }) async throws
        -> String?
    {
        var end = SliceEnd()
        change(&end)
        return try await scene.warehouse.withSession { [end] in try await RequestQueue.finish(request.lease, end, $0) }
    }

    private func state(_ scene: WarehouseScene) async throws -> String {
        try await scene.whadmin("SELECT id, state FROM _wh.requests ORDER BY id")
    }

    @Test("gives out the urgent first, then the tenant that was served longest ago, a report's days to one at a time")
    func order() async throws {
        try await withReport { scene in
            try await scene.whadmin(
                """
                SELECT _wh.update_mv_window_by_template('readings', 'tenant_a', NULL, '2025-01-01', '2025-12-31');
                SELECT _wh.update_mv_window_by_template('others', 'tenant_a', NULL, '2025-01-01', '2025-12-31');
                SELECT _wh.update_mv_window_by_template('readings', 'tenant_b', NULL, '2025-01-01', '2025-12-31');
                SELECT _wh.request_due();
                SELECT _wh.update_mv_by_template('readings', 'tenant_b', NULL, current_date);
                """)
            var order: [String] = []
            var claimed: [QueuedRequest] = []
            while let request = try await claim(scene) {
                order.append("\(request.tenant) \(request.report) \(request.kind)")
                claimed.append(request)
            }
            // Two at once a tenant, and not two of one report.
            #expect(
                order == ["tenant_b readings ingest", "tenant_a others due", "tenant_b others due", "tenant_a readings due"])
            for request in claimed { #expect(try await finish(request, scene) { $0.kind = .givenUp } == "failed") }
            let next = try await claim(scene)
            #expect(next?.tenant == "tenant_b" && next?.report == "readings" && next?.kind == .due)
        }
    }

    @Test("keeps days of a disabled tenant until it is enabled")
    func disabled() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24')")
            try await scene.database.psql("UPDATE _wh.tenant_connections SET enabled = false WHERE tenant_name = 'tenant_a'")
            #expect(try await claim(scene) == nil)
            try await scene.database.psql("UPDATE _wh.tenant_connections SET enabled = true")
            #expect(try await claim(scene)?.tenant == "tenant_a")
        }
    }

    @Test("has one of the same work running and one waiting")
    func sameWork() async throws {
        try await withReport { scene in
            let ask = "SELECT request_id FROM _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24')"
            let first = try await scene.whadmin(ask)
            let running = try #require(try await claim(scene))
            let second = try await scene.whadmin(ask)
            let third = try await scene.whadmin(ask)
            #expect(first != second && third == second)
            #expect(try await claim(scene) == nil)
            #expect(try await finish(running, scene) == "running")
            // Back in the queue for its next slice: still the one that runs.
            #expect(try await claim(scene)?.lease.request == Int64(first))
        }
    }

    @Test("gives a lease that ended to another, and the one before changes nothing any more (fault 50)")
    func lostLease() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_window_by_template('readings', 'tenant_a', NULL, '2025-09-24', '2025-09-25')")
            let late = try #require(try await claim(scene, "late", lease: .milliseconds(1)))
            let days = [CalendarDate("2025-09-24"), CalendarDate("2025-09-25")].compactMap { $0 }
            try await scene.warehouse.withSession { try await RequestQueue.plan(days, for: late.lease, $0) }
            let next = try #require(try await claim(scene, "next"))
            #expect(next.lease.request == late.lease.request && next.attempt == 2 && next.remaining == Set(days))
            let target = try await scene.ensure(
                scene.report("readings"), for: try await scene.warehouse.withSession { try await TenantCatalogue.named("tenant_a", $0) })
            let day = try DayContent("2025-09-24", ids: [1, 2])
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { session in
                    _ = try await DayPublisher(target, for: late.lease, session).publish(day.load) { try await day.put(on: $0) }
                }
            }
            #expect(error?.code == .leaseLost)
            #expect(try await finish(late, scene) { $0.kind = .givenUp } == nil)
            let renewed = try await scene.warehouse.withSession {
                try await RequestQueue.renew([late.lease, next.lease], for: .seconds(60), $0)
            }
            #expect(renewed == [next.lease: .held])
            await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { try await RequestQueue.plan([], for: late.lease, $0) }
            }
            #expect(try await scene.database.psql("SELECT count(*) FROM _wh.ledger") == "0")
            // The holder publishes: day, ledger and request in one commit. A second time, as after a lost answer, it counts no more.
            for _ in 0..<2 {
                try await scene.warehouse.withSession { session in
                    _ = try await DayPublisher(target, for: next.lease, session).publish(day.load) { try await day.put(on: $0) }
                }
            }
            #expect(try await scene.whadmin("SELECT state, days_planned, days_done, rows FROM _wh.requests") == "running|2|1|2")
            #expect(try await scene.database.psql("SELECT remaining FROM _wh.queue") == "{[2025-09-25,2025-09-26)}")
        }
    }

    @Test("leaves a request alone while a worker publishes for it, though its lease is over; renewing goes on meanwhile")
    func publishing() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24')")
            let request = try #require(try await claim(scene))
            try await scene.warehouse.withSession { publisher in
                try await publisher.transaction {
                    try await request.lease.hold(publisher)
                    let renewed = try await scene.warehouse.withSession {
                        try await RequestQueue.renew([request.lease], for: .seconds(60), $0)
                    }
                    #expect(renewed == [request.lease: .held])
                    try await scene.database.psql("UPDATE _wh.queue SET lease_until = now() - interval '1 minute'")
                    #expect(try await claim(scene) == nil)
                }
            }
            #expect(try await claim(scene)?.attempt == 2)
        }
    }

    @Test("ends a request that every worker dies of, and says so (fault 62)")
    func poison() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24')")
            for attempt in 1...5 { #expect(try await claim(scene, lease: .milliseconds(1))?.attempt == attempt) }
            #expect(try await claim(scene) == nil)
            let end = try await scene.whadmin("SELECT state, message, hint IS NOT NULL FROM _wh.requests")
            #expect(end == "failed|5 workers ended without a word while they carried it out, the last of them w|t")
        }
    }

    @Test("tries again what may pass, gives back what was interrupted without counting it, and ends what cannot be done")
    func ends() async throws {
        try await withReport { scene in
            for day in ["2025-09-23", "2025-09-24", "2025-09-25"] {
                try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '\(day)')")
            }
            let first = try #require(try await claim(scene))
            #expect(try await finish(first, scene) { $0.kind = .interrupted } == "running")
            let again = try #require(try await claim(scene))
            #expect(again.lease.request == first.lease.request && again.attempt == 1)
            #expect(
                try await finish(again, scene) {
                    $0.pause = .seconds(60)
                    $0.message = "the server is starting up"
                } == "running")
            #expect(try await state(scene) == "1|retrying\n2|queued\n3|queued")
            let second = try #require(try await claim(scene))
            #expect(second.lease.request == 2)
            let day = try #require(CalendarDate("2025-09-24"))
            try await scene.warehouse.withSession { try await RequestQueue.plan([day], for: second.lease, $0) }
            #expect(
                try await finish(second, scene) {
                    $0.failedDays = [day]
                    $0.message = "no such table"
                    $0.sqlstate = "42P01"
                } == "failed")
            let third = try #require(try await claim(scene))
            try await scene.warehouse.withSession { try await RequestQueue.plan([], for: third.lease, $0) }
            #expect(try await finish(third, scene) == "done")
            #expect(
                try await scene.whadmin("SELECT id, state, days_failed, sqlstate, message FROM _wh.requests ORDER BY id")
                    == "1|retrying|0||the server is starting up\n2|failed|1|42P01|no such table\n3|done|0||")
        }
    }

    @Test("ends a request that is cancelled: at once, through its worker, or for a worker that died")
    func cancels() async throws {
        try await withReport { scene in
            for day in ["2025-09-23", "2025-09-24"] {
                try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '\(day)')")
            }
            let request = try #require(try await claim(scene))
            #expect(try await scene.whadmin("SELECT _wh.cancel_request(1), _wh.cancel_request(2)") == "cancelling|cancelled")
            let renewed = try await scene.warehouse.withSession { try await RequestQueue.renew([request.lease], for: .milliseconds(1), $0) }
            #expect(renewed == [request.lease: .cancelled])
            #expect(try await claim(scene) == nil)
            #expect(try await state(scene) == "1|cancelled\n2|cancelled")
            #expect(try await scene.whadmin("SELECT _wh.cancel_request(1)") == "cancelled")
        }
    }

    @Test("ends a request that was cancelled while its last word was on the way, instead of going on with the next slice")
    func cancelledLate() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_window_by_template('readings', 'tenant_a', NULL, '2025-09-24', '2025-09-25')")
            let request = try #require(try await claim(scene))
            let days = [CalendarDate("2025-09-24"), CalendarDate("2025-09-25")].compactMap { $0 }
            try await scene.warehouse.withSession { try await RequestQueue.plan(days, for: request.lease, $0) }
            try await scene.whadmin("SELECT _wh.cancel_request(1)")
            #expect(try await finish(request, scene) == "cancelled")
        }
    }

    @Test("tells who waits for a request that is gone with its tenant")
    func removed() async throws {
        try await withReport { scene in
            try await scene.whadmin("SELECT _wh.update_mv_by_template('readings', 'tenant_a', NULL, '2025-09-24')")
            try await scene.database.psql("DELETE FROM _wh.tenant_connections WHERE tenant_name = 'tenant_a'")
            let error = await #expect(throws: ClusterError.self) { try await scene.whadmin("CALL _wh.wait_for('{1}')") }
            #expect(error?.sqlstate == "38000" && error?.message.contains("removed") == true, "\(String(describing: error))")
        }
    }

    @Test("forgets requests a month after their end, a thousand at a time")
    func retention() async throws {
        try await withReport { scene in
            try await scene.database.psql(
                """
                INSERT INTO _wh.queue (kind, template_name, tenant_name, schema_name, first_day, last_day, priority, state, finished_at)
                SELECT 'ingest', 'readings', 'tenant_a', 'tenant_a', '2025-09-24', '2025-09-24', 0, 'done', now() - make_interval(days => 20 + i % 20)
                FROM generate_series(1, 2600) i
                """)
            let removed = try await scene.warehouse.withSession { try await (RequestQueue.removeOld($0), RequestQueue.removeOld($0)) }
            #expect(removed.0 == 1000 && removed.1 <= 300)
            #expect(try await scene.database.psql("SELECT bool_and(finished_at > now() - interval '31 days') FROM _wh.queue") == "t")
        }
    }
}
