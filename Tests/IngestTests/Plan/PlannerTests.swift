import Ingest
import PostgresBinary
import Reports
import TestKit
import Testing
import Warehouse

@Suite("A plan", .timeLimit(.minutes(5)))
struct PlannerTests {
    /// A tenant and a report with days so far back of today in the ledger, all in one table without rows.
    ///
    /// The first day is the oldest of them, unless another is given.
    private func withLedger(_ days: [Int], first: Int? = nil, _ body: (Scene, CalendarDate) async throws -> Void)
        async throws
    {
        try await inTurn {
            try await withScene { scene in
                try await scene.addTenant("tenant_a", scene.database)
                try await scene.addReport(
                    "readings", Readings.query, columns: Readings.columns, more: ["late_days": "3"])
                let version = try #require(try await scene.plan("2020-01-01", "2020-01-01").parts.first).report.version
                let today = try await scene.database.psql(
                    """
                    CREATE SCHEMA tenant_a;
                    SELECT format('CREATE TABLE tenant_a.x%s ()', back) FROM unnest(:'back'::int[]) back \\gexec
                    INSERT INTO _wh.target_schemas VALUES ('tenant_a', 'tenant_a');
                    INSERT INTO _wh.report_targets (schema_name, template_name, days_table, columns, types, day_column, time_zone, first_day)
                        VALUES ('tenant_a', 'readings', 'readings_days', '{id,at,v}', '{bigint,timestamp with time zone,text}', 'at', 'UTC',
                            (now() AT TIME ZONE 'UTC')::date - nullif(:'first', '')::int);
                    INSERT INTO _wh.ledger (schema_name, template_name, day, tenant_name, day_table, rows, bytes, digest, template_version, provisional, run_id)
                    SELECT 'tenant_a', 'readings', (now() AT TIME ZONE 'UTC')::date - back, 'tenant_a', 'x' || back, 10 * back, 0, '', :'version', false, 1
                    FROM unnest(:'back'::int[]) back;
                    SELECT (now() AT TIME ZONE 'UTC')::date
                    """,
                    variables: [
                        "version": version, "back": "{\(days.map { "\($0)" }.joined(separator: ","))}",
                        "first": (first ?? days.max()).map { "\($0)" } ?? "",
                    ])
                try await body(scene, try #require(CalendarDate(today)))
            }
        }
    }

    private func reasons(_ plan: Plan, from today: CalendarDate) -> [String] {
        plan.parts.flatMap(\.days).map { "\(today - $0.day) \($0.reason.rawValue)" }
    }

    @Test(
        "of the nightly run has gaps, changed and provisional days, the late-data window, yesterday and today, each for its reason"
    )
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
                    "9 changed report", "8 provisional", "7 missing", "3 late-data window", "2 late-data window",
                    "1 yesterday", "0 today",
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

    @Test(
        "of the nightly run fills gaps from the stated first day on, however old a day of the ledger is; an odd old one is looked at again by itself"
    )
    func oddOldDays() async throws {
        try await withLedger([0, 1, 2, 3, 4, 5, 7, 700_000, 700_010], first: 7) { scene, today in
            #expect(
                reasons(try await scene.plan(.due), from: today) == [
                    "6 missing", "3 late-data window", "2 late-data window", "1 yesterday", "0 today",
                ])
            try await scene.database.psql(
                "UPDATE _wh.ledger SET provisional = true WHERE day = (now() AT TIME ZONE 'UTC')::date - 700010")
            #expect(reasons(try await scene.plan(.due), from: today).prefix(2) == ["700010 provisional", "6 missing"])
        }
    }

    @Test(
        "has no day that was dropped, be it a gap or still in the ledger, and says which it leaves out and what brings them back"
    )
    func droppedDays() async throws {
        try await withLedger([0, 1, 2, 3, 4, 5, 8, 9], first: 10) { scene, today in
            try await scene.database.psql(
                """
                UPDATE _wh.ledger SET provisional = true;
                UPDATE _wh.report_targets SET dropped = (
                    SELECT range_agg(daterange(today - b, today - b + 1)) FROM unnest('{10,9,7,5}'::int[]) b, (SELECT (now() AT TIME ZONE 'UTC')::date AS today) t)
                """)
            let due = try await scene.plan(.due)
            #expect(
                Set(reasons(due, from: today).compactMap { Int($0.prefix { $0 != " " }) }) == [8, 6, 4, 3, 2, 1, 0])
            let asked = try await scene.plan(.range(today - 10, today))
            #expect(asked.parts.flatMap(\.days).map { today - $0.day } == [8, 6, 4, 3, 2, 1, 0])
            #expect(
                asked.leftOut.map(\.days) == [
                    (today - 10)...(today - 9), (today - 7)...(today - 7), (today - 5)...(today - 5),
                ])
            #expect(asked.leftOut.allSatisfy { $0.reason == .dropped })
            #expect(
                asked.leftOut.first?.description.hasSuffix(
                    "dayhaul day restore tenant_a readings --from \(today - 10) --to \(today - 9)") == true)
        }
    }

    @Test(
        "has no day that the report's time zone left out, where rows are told apart by instants; where by dates, it has it",
        arguments: [("Pacific/Apia", "2011-12-30"), ("Pacific/Kwajalein", "1993-08-21"), ("Asia/Manila", "1844-12-31")])
    func skippedDays(_ zone: String, _ day: String) async throws {
        try await inTurn {
            try await withScene { scene in
                try await scene.addTenant("tenant_a", scene.database)
                try await scene.addReport(
                    "instants", Readings.query, columns: Readings.columns, more: ["time_zone": zone])
                try await scene.addReport(
                    "dates", "SELECT {TARGET_DATE}::date AS day", columns: "day date", more: ["time_zone": zone])
                let day = try #require(CalendarDate(day))
                let plan = try await scene.plan(.range(day - 1, day + 1), Selection(), confirmed: true)
                let days = plan.parts.map { "\($0.report.name) \($0.days.map { $0.day - day })" }
                #expect(days == ["dates [-1, 0, 1]", "instants [-1, 1]"])
                #expect(plan.leftOut.map(\.reason) == [.skipped(timeZone: zone)])
                let alone = try await scene.plan(.range(day, day), Selection(reports: ["instants"]), confirmed: true)
                #expect(alone.dayCount == 0 && alone.unusable.isEmpty)
            }
        }
    }

    @Test(
        "refuses a range that looks mistyped unless it is confirmed: of before 1970, or of ten years before the first day; not a day that is there"
    )
    func refusesDoubtful() async throws {
        try await withLedger([0, 1, 3700], first: 10) { scene, today in
            for first in [
                try #require(CalendarDate("0025-09-24")), try #require(CalendarDate("1969-12-31")), today - 3701,
            ] {
                let error = await #expect(throws: PlanError.self) { try await scene.plan(.range(first, first)) }
                #expect(error?.code == .implausibleDay && error?.hint?.contains("--yes") == true, "\(first)")
                let confirmed = try await scene.plan(.range(first, first), Selection(), confirmed: true)
                #expect(confirmed.dayCount == 1)
            }
            #expect(try await scene.plan(.range(today - 3700, today - 3700)).dayCount == 1)
            #expect(try await scene.plan(.range(today - 3600, today - 3600)).dayCount == 1)
        }
    }

    @Test("names a report for which a day has not begun, or that cannot be judged, and has the days of the others")
    func aloneFail() async throws {
        try await inTurn {
            try await withScene { scene in
                try await scene.addTenant("tenant_a", scene.database)
                for (name, zone) in [
                    ("early", "Pacific/Kiritimati"), ("late", "Etc/GMT+12"), ("nowhere", "Nowhere/Land"),
                ] {
                    try await scene.addReport(
                        name, Readings.query, columns: Readings.columns, more: ["time_zone": zone])
                }
                let text = try await scene.database.psql("SELECT (now() AT TIME ZONE 'Pacific/Kiritimati')::date")
                let today = try #require(CalendarDate(text))
                let plan = try await scene.plan(.range(today - 2, today))
                #expect(
                    plan.parts.map { "\($0.report.name) \($0.days.last.map { today - $0.day } ?? -1)" }.first
                        == "early 0")
                #expect(plan.parts.map(\.report.name) == ["early", "late"])
                #expect(plan.unusable.count == 2)
                #expect(
                    plan.unusable.last?.message.hasPrefix("report late: \(today) has not begun in Etc/GMT+12") == true)
                #expect(try await scene.plan(.due).parts.map(\.report.name) == ["early", "late"])
                // One of those that are named is good enough to go on with.
                let named = try await scene.plan(
                    .range(today - 2, today - 2), Selection(reports: ["early", "nowhere"]))
                #expect(named.parts.map(\.report.name) == ["early"] && named.unusable.count == 1)
                await #expect(throws: PlanError.self) {
                    try await scene.plan(.range(today - 2, today - 2), Selection(reports: ["nowhere"]))
                }
            }
        }
    }

    @Test("of a range has every day of it, asked for unless there is a better reason, in slices no longer than allowed")
    func range() async throws {
        try await withLedger([0, 1, 2, 4]) { scene, today in
            var scene = scene
            scene.limits.sliceDays = 2
            let plan = try await scene.plan(.range(today - 4, today))
            #expect(
                reasons(plan, from: today) == ["4 asked for", "3 missing", "2 asked for", "1 asked for", "0 today"])
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
                for name in ["sales", "stock"] {
                    try await scene.addReport(name, Readings.query, columns: Readings.columns)
                }
                try await scene.database.psql(
                    "UPDATE _wh.tenant_connections SET enabled = false WHERE tenant_name = 'off'")
                func parts(_ tenants: [String], _ reports: [String]) async throws -> [String] {
                    try await scene.plan("2025-09-20", "2025-09-20", Selection(tenants: tenants, reports: reports))
                        .parts
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
