import Postgres
import PostgresBinary
import Synchronization
import TestKit
import Testing
import Warehouse

@Suite("A server as PostgreSQL is delivered, and thousands of days", .timeLimit(.minutes(5)))
struct StockLockTableTests {
    /// Tables of days before 2025-09-24 of a's report r, with four indexes each.
    private static func makeDays(_ count: Int, _ scene: WarehouseScene) async throws {
        try await scene.database.psql(
            """
            SET ROLE :"engine";
            SET dayhaul.days = :'count';
            DO $$
            DECLARE d date; t text;
            BEGIN
                FOR n IN 1 .. current_setting('dayhaul.days')::int LOOP
                    d := DATE '2025-09-24' - n;
                    t := _wh.create_mv_name('r', d);
                    EXECUTE format('CREATE TABLE a.%I (LIKE a.r_days, CONSTRAINT day_bounds CHECK (at IS NOT NULL AND at >= %L AND at < %L))',
                        t, d || ' 00:00+00', d + 1 || ' 00:00+00');
                    FOR i IN 1 .. 4 LOOP EXECUTE format('CREATE INDEX ON a.%I (id)', t); END LOOP;
                    EXECUTE format('ALTER TABLE a.r_days ATTACH PARTITION a.%I FOR VALUES FROM (%L) TO (%L)', t, d || ' 00:00+00',
                        d + 1 || ' 00:00+00');
                    INSERT INTO _wh.ledger (schema_name, template_name, day, tenant_name, day_table, rows, bytes, digest, template_version,
                        provisional, run_id) VALUES ('a', 'r', d, 'a', t, 0, 0, '', '', false, 1);
                    IF n % 50 = 0 THEN COMMIT; END IF;
                END LOOP;
            END $$;
            """, variables: ["engine": scene.warehouse.roles.engine, "count": "\(count)"], deadline: .seconds(120))
    }

    /// Runs `body` with tenants a and b, with a day each of r, on a cluster of the test's own.
    private func withTenants(
        _ settings: [String: String], _ body: (WarehouseScene, ReportTarget) async throws -> Void
    ) async throws {
        try await SharedClusters.withCluster(settings: settings) { cluster in
            try await withDatabase(in: cluster) { database in
                try await withWarehouse(in: database) { scene in
                    let report = try await scene.report("r", columns: "id integer, at timestamptz", indexes: "")
                    let target = try await scene.ensure(report, for: try await scene.addTenant("a"))
                    try await scene.ensure(report, for: try await scene.addTenant("b"))
                    try await body(scene, target)
                }
            }
        }
    }

    @Test(
        "lets days be dropped, and a tenant, in steps; interrupted, nobody sees a half of it, and it goes on where it was"
    )
    func dropped() async throws {
        try await withTenants(["max_locks_per_transaction": "64", "max_connections": "100"]) { scene, _ in
            try await Self.makeDays(2060, scene)
            let last = try #require(CalendarDate("2025-09-23"))
            try await scene.warehouse.withSession { session in
                let removal = try await DayRemoval.plan(
                    (last - 149)...last, of: LoadedReport.named("r", of: "a", session), session)
                let steps = Mutex(0)
                try await removal.carryOut(session) { _, _ in steps.withLock { $0 += 1 } }
                #expect(removal.days.count == 150 && steps.withLock { $0 } > 1)
            }
            #expect(try await scene.database.psql("SELECT count(*) FROM _wh.ledger") == "1910")

            let removal = try await scene.warehouse.withSession { try await TenantRemoval.plan("a", $0) }
            let interrupted = Task {
                try await scene.warehouse.withSession { session in
                    try await removal.carryOut(session) { gone, _ in
                        if gone > 200 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }
            }
            await #expect(throws: CancellationError.self) { try await interrupted.value }
            let between = try await scene.database.psql(
                """
                SELECT tenant_name, enabled FROM _wh.tenant_connections ORDER BY 1; SELECT count(*) FROM _wh.ledger;
                SELECT pg_get_viewdef('public.r'::regclass) LIKE '%b.r%', to_regclass('a.r') IS NULL, count(*) FROM public.r
                """)
            #expect(between == "a|f\nb|t\n0\nt|t|0")
            let refused = await #expect(throws: WarehouseError.self) {
                try await scene.warehouse.withSession { try await TenantCatalogue.setEnabled(true, ["a"], $0) }
            }
            #expect(refused?.code == .beingDropped && refused?.hint?.contains("dayhaul tenant drop a") == true)

            let rest = try await scene.warehouse.withSession { try await TenantRemoval.plan("a", $0) }
            #expect(rest.isResumed && !removal.isResumed && rest.objects.count < removal.objects.count - 200)
            try await scene.warehouse.withSession { try await rest.carryOut($0) }
            let left = try await scene.database.psql(
                """
                SELECT to_regnamespace('a') IS NULL, count(*) FROM _wh.removed_tables;
                SELECT tenant_name FROM _wh.tenant_connections; SELECT count(*) FROM public.r
                """)
            #expect(left == "t|0\nb\n0")
        }
    }

    @Test(
        "with too little room for the locks of a new column says so, and which setting to raise, before anything is changed"
    )
    func column() async throws {
        let small = [
            "max_locks_per_transaction": "10", "max_connections": "20", "max_worker_processes": "1",
            "max_wal_senders": "1",
        ]
        try await withTenants(small.merging(["max_replication_slots": "1"]) { $1 }) { scene, target in
            try await Self.makeDays(400, scene)
            let grown = try await scene.report("r", columns: "id integer, at timestamptz, more integer", indexes: "")
            let before = try await scene.versions()
            let error = await #expect(throws: WarehouseError.self) {
                try await scene.ensure(grown, for: Tenant.named("a"))
            }
            #expect(error?.code == .tooManyLocks && error?.hint?.contains("max_locks_per_transaction = ") == true)
            #expect(error?.message.contains("a.r_days locks its 400 tables") == true)
            #expect(try await scene.versions() == before)
            // Fewer days have room.
            try await scene.warehouse.withSession { session in
                let last = try #require(CalendarDate("2025-09-23"))
                let report = try await LoadedReport.named("r", of: "a", session)
                let removal = try await DayRemoval.plan((last - 349)...last, of: report, session)
                try await removal.carryOut(session)
            }
            _ = try await scene.ensure(grown, for: Tenant.named("a"))
        }
    }
}

extension Tenant {
    /// As `WarehouseScene.addTenant` registers it.
    fileprivate static func named(_ name: String) -> Tenant {
        Tenant(name: name, host: "127.0.0.1", port: 1, database: "d", user: "u", tls: TLS(mode: .disable))
    }
}
