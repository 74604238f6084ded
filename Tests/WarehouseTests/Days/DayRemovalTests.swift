import Postgres
import PostgresBinary
import TestKit
import Testing
import Warehouse

@Suite("Dropping days", .timeLimit(.minutes(2)))
struct DayRemovalTests {
    private static let days = ["2025-09-22", "2025-09-23", "2025-09-24"]

    /// A tenant with three days of report r.
    private func withDays(_ body: (WarehouseScene, ReportTarget) async throws -> Void) async throws {
        try await withWarehouse { scene in
            let target = try await scene.ensure(try await scene.report("r"), for: try await scene.addTenant("a"))
            for day in Self.days { try await scene.publish(DayContent(day, ids: [1, 2]), to: target) }
            try await body(scene, target)
        }
    }

    private func span(_ first: String, _ last: String) throws -> TargetDays.Span {
        try #require(CalendarDate(first))...(try #require(CalendarDate(last)))
    }

    private func plan(_ first: String, _ last: String, _ scene: WarehouseScene) async throws -> DayRemoval {
        let span = try span(first, last)
        return try await scene.warehouse.withSession {
            try await DayRemoval.plan(span, of: try await LoadedReport.named("r", of: "a", $0), $0)
        }
    }

    private func drop(_ first: String, _ last: String, _ scene: WarehouseScene) async throws {
        let removal = try await plan(first, last, scene)
        try await scene.warehouse.withSession { try await removal.carryOut($0) }
    }

    @Test(
        "takes their tables and what the ledger and the buckets know of them, and no run publishes one again until it is restored"
    )
    func dropsForGood() async throws {
        try await withDays { scene, target in
            try await scene.database.psql(
                "INSERT INTO _wh.day_buckets SELECT schema_name, template_name, day, digest, 'id', '' FROM _wh.ledger")
            let removal = try await plan("2025-09-20", "2025-09-23", scene)
            #expect(removal.days.map(\.rows) == [2, 2])
            try await drop("2025-09-20", "2025-09-23", scene)
            #expect(
                try await scene.database.psql(
                    """
                    SELECT day FROM _wh.ledger; SELECT day FROM _wh.day_buckets; SELECT dropped FROM _wh.report_targets;
                    SELECT count(*) FROM public.r; SELECT relname FROM pg_class WHERE relname ~ '^r_2025_09_..$'
                    """) == "2025-09-24\n2025-09-24\n{[2025-09-20,2025-09-24)}\n2\nr_2025_09_24")
            for day in ["2025-09-21", "2025-09-23"] {
                let skipped = try await scene.publishing(DayContent(day, ids: [3]), to: target)
                #expect(skipped.outcome == .skipped && skipped.reason?.contains("dropped") == true)
            }
            let restored = try span("2025-09-23", "2025-09-30")
            #expect(
                try await scene.warehouse.withSession {
                    try await LoadedReport.named("r", of: "a", $0).restore(restored, dryRun: false, $0)
                } == 1)
            #expect(try await scene.publish(DayContent("2025-09-23", ids: [3]), to: target) == .loaded)
            #expect(try await scene.publish(DayContent("2025-09-21", ids: [3]), to: target) == .skipped)
        }
    }

    @Test("keeps them out of a rebuild, though their removal was interrupted")
    func rebuild() async throws {
        try await withDays { scene, _ in
            try await scene.database.psql(
                """
                DROP TABLE \(Self.days.map { "a.r_\($0.replacing("-", with: "_"))" }.joined(separator: ", "));
                UPDATE _wh.report_targets SET dropped = '{[2025-09-23,2025-09-24)}';
                """)
            #expect(try await scene.warehouse.withSession { try await Rebuild.missing($0).days } == 2)
            #expect(try await scene.whadmin("SELECT days FROM _wh.rebuild_entire_warehouse()") == "2")
        }
    }

    @Test("waits for a day that is being published, though no ledger knows of it yet, and takes it too")
    func beingPublished() async throws {
        try await withDays { scene, target in
            let day = try DayContent("2025-09-25", ids: [1])
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (begun, isBegun) = AsyncStream.makeStream(of: Void.self)
                group.addTask {
                    try await scene.warehouse.withSession { session in
                        _ = try await DayPublisher(target, session).publish(day.load) { stream in
                            isBegun.finish()
                            try await eventually("the removal to wait for the day", within: .seconds(30)) {
                                try await scene.database.psql(
                                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "1"
                            }
                            try await day.put(on: stream)
                        }
                    }
                }
                for await _ in begun {}
                try await drop("2025-09-25", "2025-09-25", scene)
                try await group.waitForAll()
            }
            #expect(try await scene.database.psql("SELECT max(day) FROM _wh.ledger") == "2025-09-24")
            #expect(try await scene.database.psql("SELECT to_regclass('a.r_2025_09_25') IS NULL") == "t")
        }
    }

    @Test(
        "is stopped by what others have on one of the tables, which is named, and all stays",
        arguments: [
            ("CREATE VIEW public.mine AS SELECT id FROM a.r_2025_09_23", "public.mine"),
            (
                "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM a.r_2025_09_23; END",
                "function public.f()"
            ),
            (
                "CREATE FUNCTION public.f(a.r_2025_09_23) RETURNS int LANGUAGE sql RETURN 1",
                "function public.f(a.r_2025_09_23)"
            ),
            ("CREATE TABLE public.t (id int REFERENCES a.r_2025_09_23 (id))", "t_id_fkey"),
        ])
    func stoppedByOthers(_ statement: String, _ name: String) async throws {
        try await withDays { scene, _ in
            try await scene.database.psql(statement)
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) { try await drop("2025-09-22", "2025-09-24", scene) }
            #expect(
                error?.code == .tenantHasData && error?.message.contains(name) == true, "\(String(describing: error))")
            #expect(try await scene.versions() == before)
        }
    }

    @Test("is refused for days that have not begun, and for what there is not")
    func refuses() async throws {
        try await withDays { scene, _ in
            let future = await #expect(throws: WarehouseError.self) {
                try await plan("2025-09-20", "9999-01-01", scene)
            }
            #expect(future?.code == .invalidDay)
            try await scene.report("s")
            let wrong: [(String, String, WarehouseError.Code)] = [
                ("r", "b", .unknownTenant), ("x", "a", .unknownReport), ("s", "a", .nothingLoaded),
            ]
            for (report, tenant, code) in wrong {
                let error = await #expect(throws: WarehouseError.self) {
                    try await scene.warehouse.withSession { _ = try await LoadedReport.named(report, of: tenant, $0) }
                }
                #expect(error?.code == code && error?.hint != nil)
            }
        }
    }
}
