import Ingest
import PostgresBinary
import Reports
import TestKit
import Testing
import Warehouse

@Suite("A plan", .timeLimit(.minutes(5)))
struct PlannerTests {
    /// A tenant and a report with days so far back of today in the ledger, all in one table without rows.
    private func withLedger(_ days: [Int], _ body: (Scene, CalendarDate) async throws -> Void) async throws {
        try await inTurn {
            try await withScene { scene in
                try await scene.addTenant("tenant_a", scene.database)
                try await scene.addReport("readings", Readings.query, columns: Readings.columns, more: ["late_days": "3"])
                let version = try #require(try await scene.plan("2020-01-01", "2020-01-01").parts.first).report.version
                let today = try await scene.database.psql(
                    """
                    CREATE SCHEMA tenant_a;
                    CREATE TABLE tenant_a.x ();
                    INSERT INTO _wh.target_schemas VALUES ('tenant_a', 'tenant_a');
                    INSERT INTO _wh.report_targets (schema_name, template_name, days_table, columns, types, day_column, time_zone)
                        VALUES ('tenant_a', 'readings', 'readings_days', '{id,at,v}', '{bigint,timestamptz,text}', 'at', 'UTC');
                    INSERT INTO _wh.ledger (schema_name, template_name, day, tenant_name, day_table, rows, bytes, digest, template_version, provisional, run_id)
                    SELECT 'tenant_a', 'readings', (now() AT TIME ZONE 'UTC')::date - back, 'tenant_a', 'x', 10 * back, 0, '', :'version', false, 1
                    FROM unnest(:'back'::int[]) back;
                    SELECT (now() AT TIME ZONE 'UTC')::date
                    """, variables: ["version": version, "back": "{\(days.map { "\($0)" }.joined(separator: ","))}"])
                try await body(scene, try #require(CalendarDate(today)))
            }
        }
    }

    private func reasons(_ plan: Plan, from today: CalendarDate) -> [String] {
        plan.parts.flatMap(\.days).map { "\(today - $0.day) \($0.reason.rawValue)" }
    }

    @Test("of the nightly run has gaps, changed and provisional days, the late-data window, yesterday and today, each for its reason")
    func due() async throws {
        try await withLedger([0, 1, 2, 3, 4, 5, 6, 8, 9, 10]) { scene, today in
            try await scene.database.psql(
                """
                UPDATE _wh.ledger SET provisional = true WHERE day = (now() AT TIME ZONE 'UTC')::date - 8;
                UPDATE _wh.ledger SET template_version = 'before' WHERE day = (now() AT TIME ZONE 'UTC')::date - 9;
                """)
            let plan = try await scene.plan(.due)
            #expect(
                reasons(plan, from: today) == [
                    "9 changed report", "8 provisional", "7 missing", "3 late-data window", "2 late-data window", "1 yesterday", "0 today",
                ])
            // Slices of consecutive days, newest first.
            #expect(plan.parts.first?.slices.map { $0.days.map { today - $0.day } } == [[3, 2, 1, 0], [9, 8, 7]])
            #expect(plan.parts.first?.days.first?.knownRows == 90)
            #expect(plan.dayCount == 7)
        }
    }

    @Test("of the nightly run of a warehouse that has nothing begins with the late-data window")
    func dueOfNothing() async throws {
        try await withLedger([]) { scene, today in
            let plan = try await scene.plan(.due)
            #expect(reasons(plan, from: today) == ["3 missing", "2 missing", "1 missing", "0 missing"])
        }
    }

    @Test("of a range has every day of it, asked for unless there is a better reason, in slices no longer than allowed")
    func range() async throws {
        try await withLedger([0, 1, 2, 4]) { scene, today in
            var scene = scene
            scene.limits.sliceDays = 2
            let plan = try await scene.plan(.range(today - 4, today))
            #expect(reasons(plan, from: today) == ["4 asked for", "3 missing", "2 asked for", "1 asked for", "0 today"])
            #expect(plan.parts.first?.slices.map(\.days.count) == [1, 2, 2])
        }
    }

    @Test("refuses a range that ends before it begins, lies in the future, or is longer than ten years")
    func refusesRanges() async throws {
        try await withLedger([]) { scene, today in
            for (first, last) in [(today, today - 1), (today, today + 1), (today - 3660, today)] {
                let error = await #expect(throws: PlanError.self) { try await scene.plan(.range(first, last)) }
                #expect(error?.code == .invalidRange)
            }
            let longest = try await scene.plan(.range(today - 3659, today))
            #expect(longest.dayCount == 3660)
        }
    }

    @Test("is about what was selected; a name that fits nothing is an error, a disabled tenant is left out")
    func selection() async throws {
        try await inTurn {
            try await withScene { scene in
                for name in ["north", "south", "off"] { try await scene.addTenant(name, scene.database) }
                for name in ["sales", "stock"] { try await scene.addReport(name, Readings.query, columns: Readings.columns) }
                try await scene.database.psql("UPDATE _wh.tenant_connections SET enabled = false WHERE tenant_name = 'off'")
                func parts(_ tenants: [String], _ reports: [String]) async throws -> [String] {
                    try await scene.plan("2025-09-20", "2025-09-20", Selection(tenants: tenants, reports: reports)).parts
                        .map { "\($0.tenant.name)/\($0.report.name)" }
                }
                #expect(try await parts([], []) == ["north/sales", "north/stock", "south/sales", "south/stock"])
                #expect(try await parts(["n*"], ["st[aeo]ck", "sales"]) == ["north/sales", "north/stock"])
                let wrong: [([String], [String], WarehouseError.Code)] = [
                    (["east"], [], .unknownTenant), (["off"], [], .unknownTenant), ([], ["x*"], .unknownReport),
                ]
                for (tenants, reports, code) in wrong {
                    let error = await #expect(throws: WarehouseError.self) { _ = try await parts(tenants, reports) }
                    #expect(error?.code == code)
                }
            }
        }
    }
}
