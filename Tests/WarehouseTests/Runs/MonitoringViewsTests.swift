import Clusters
import TestKit
import Testing
import Warehouse

@Suite("The views that people watch the engine by", .timeLimit(.minutes(2)))
struct MonitoringViewsTests {
    private static let views = [
        "last_runs", "failures_last_24_hours", "refresh_times", "freshness", "connection_use", "cache_hit_ratio",
    ]

    /// A good run that took ten minutes for each of two tenants, a run of yesterday in which a day failed, and one that is not finished.
    private func addRuns(_ scene: WarehouseScene) async throws {
        try await scene.database.psql(
            """
            INSERT INTO _wh.runs (kind, started_at, finished_at, outcome, engine, host, process_id, planned, rows, message) VALUES
                ('run', now() - interval '9 days', now() - interval '9 days', 'failed', '1', 'old', 1, 1, 0, 'long ago'),
                ('run', now() - interval '20 hours', now() - interval '19 hours', 'partial', '1', 'h', 1, 3, 60, 'tenant_b: down'),
                ('ingest', now() - interval '1 minute', NULL, NULL, '1', 'h', 1, 5, NULL, NULL);
            INSERT INTO _wh.run_events (run_id, at, tenant_name, template_name, schema_name, day, outcome, rows, seconds, message) VALUES
                (1, now() - interval '9 days', 'tenant_b', 'r', 'tenant_b', '2025-09-01', 'failed', NULL, 1, 'long ago'),
                (2, now() - interval '1190 minutes', 'tenant_a', 'r', 'tenant_a', '2025-09-01', 'loaded', 20, 300, NULL),
                (2, now() - interval '1185 minutes', 'tenant_a', 'r', 'tenant_a', '2025-09-02', 'merged', 40, 300, NULL),
                (2, now() - interval '1180 minutes', 'tenant_b', 'r', 'tenant_b', '2025-09-01', 'failed', NULL, 60, 'down');
            """)
    }

    @Test("tell whadmin how runs ended, what failed in the last day, and how long a tenant took")
    func tell() async throws {
        try await withWarehouse { scene in
            try await addRuns(scene)
            let admin = scene.warehouse.roles.admin
            let runs = try await scene.psql(
                as: admin, "SELECT run_id, outcome, days_planned, days_finished, days_failed, message FROM _wh.last_runs")
            #expect(runs == "3|not finished|5|0|0|\n2|partial|3|3|1|tenant_b: down\n1|failed|1|1|1|long ago")
            let failures = try await scene.psql(
                as: admin, "SELECT last_run, tenants, reports, days, first_day, times, message FROM _wh.failures_last_24_hours")
            #expect(failures == "2|||0||1|tenant_b: down\n2|tenant_b|r|1|2025-09-01|1|down")
            let times = try await scene.psql(as: admin, "SELECT tenant_name, took, days, rows FROM _wh.refresh_times WHERE run_id = 2")
            #expect(times == "tenant_b|00:01:00|1|\ntenant_a|00:10:00|2|60")
        }
    }

    @Test("have a line for each cause of what failed: a dead replica is one, and so is a report that cannot be used")
    func causes() async throws {
        try await withWarehouse { scene in
            _ = try await scene.addTenant("tenant_a")
            _ = try await scene.report("r")
            try await scene.database.psql(
                """
                INSERT INTO _wh.runs (kind, started_at, finished_at, outcome, engine, host, process_id, planned, rows, message) VALUES
                    ('run', now() - interval '2 hours', now() - interval '1 hour', 'partial', '1', 'h', 1, 30, 0,
                        E'report bad: the query has no date placeholder; hint: write {TARGET_DATE}\\nreport worse: the query is empty'),
                    ('run', now() - interval '1 hour', now() - interval '1 minute', 'partial', '1', 'h', 1, 30, 0,
                        'report bad: the query has no date placeholder; hint: write {TARGET_DATE}');
                INSERT INTO _wh.run_events (run_id, at, tenant_name, template_name, schema_name, day, outcome, seconds, code, message, hint)
                SELECT run, now() - interval '1 minute', 'tenant_b', report, 'tenant_b', day::date, 'failed', 1, 'connectionFailed', 'refused', 'look'
                FROM generate_series(1, 2) run, unnest('{r,s}'::text[]) report,
                    generate_series(date '2025-09-01', '2025-09-30', '1 day') day;
                INSERT INTO _wh.queue (kind, template_name, tenant_name, schema_name, priority, state, finished_at, message, hint)
                VALUES ('due', 'r', 'tenant_a', 'tenant_a', 1, 'failed', now(), 'report bad: the query has no date placeholder',
                    'write {TARGET_DATE}');
                """)
            let causes = try await scene.psql(
                as: scene.warehouse.roles.admin,
                """
                SELECT message, hint, times, tenants, reports, days, first_day, last_day FROM _wh.failures_last_24_hours ORDER BY message
                """)
            #expect(
                causes.split(separator: "\n") == [
                    "refused|look|120|tenant_b|r, s|30|2025-09-01|2025-09-30",
                    "report bad: the query has no date placeholder|write {TARGET_DATE}|3|tenant_a|r|0||",
                    "report worse: the query is empty||1|||0||",
                ])
        }
    }

    @Test("tell whadmin how fresh each report of a tenant is, and what the warehouse has left")
    func freshness() async throws {
        try await withWarehouse { scene in
            let tenant = try await scene.addTenant("tenant_a")
            let target = try await scene.ensure(scene.report("readings"), for: tenant)
            let admin = scene.warehouse.roles.admin
            let before = try await scene.psql(as: admin, "SELECT tenant_name, report, days, last_day, age FROM _wh.freshness")
            #expect(before == "tenant_a|readings|0||")
            for day in ["2025-09-01", "2025-09-02"] { try await scene.publish(DayContent(day, ids: [1]), to: target) }
            let after = try await scene.psql(
                as: admin, "SELECT tenant_name, report, schema_name, enabled, days, last_day, age < interval '1 hour' FROM _wh.freshness")
            #expect(after == "tenant_a|readings|tenant_a|t|2|2025-09-02|t")
            let use = try await scene.psql(
                as: admin,
                "SELECT current BETWEEN 1 AND max AND percent BETWEEN 0 AND 100 AND of_this_database > 0 FROM _wh.connection_use")
            #expect(use == "t")
            let hits = try await scene.psql(
                as: admin, "SELECT database = current_database() AND coalesce(percent, 0) BETWEEN 0 AND 100 FROM _wh.cache_hit_ratio")
            #expect(hits == "t")
        }
    }

    @Test("are whadmin's alone, to read and not to write, and each says what it shows")
    func rights() async throws {
        try await withWarehouse { scene in
            let roles = scene.warehouse.roles
            for view in Self.views {
                for role in [roles.reader, roles.writer] {
                    let error = await #expect(throws: ClusterError.self) { try await scene.psql(as: role, "SELECT FROM _wh.\(view)") }
                    #expect(error?.sqlstate == "42501")
                }
                let write = await #expect(throws: ClusterError.self) {
                    try await scene.psql(as: roles.admin, "DELETE FROM _wh.\(view)")
                }
                #expect(write?.sqlstate == "42501" || write?.sqlstate == "55000", "\(view)")
                let comment = try await scene.database.psql("SELECT obj_description('_wh.\(view)'::regclass) <> ''")
                #expect(comment == "t", "\(view)")
            }
        }
    }
}
