import TestKit
import Testing
import Warehouse

@Suite("The run log", .timeLimit(.minutes(2)))
struct RunLogTests {
    @Test("forgets runs of more than ninety days ago with their events, a hundred at a time")
    func retention() async throws {
        try await withWarehouse { scene in
            try await scene.database.psql(
                """
                INSERT INTO _wh.runs (kind, started_at, engine, host, process_id, planned)
                SELECT 'run', now() - make_interval(days => i), '1', 'h', 1, 1 FROM generate_series(0, 239) i;
                INSERT INTO _wh.run_events (run_id, tenant_name, template_name, schema_name, day, outcome)
                SELECT run_id, 't', 'r', 't', '2025-09-01', 'loaded' FROM _wh.runs;
                """)
            let left = "SELECT count(*), (SELECT count(*) FROM _wh.run_events), min(started_at) > now() - interval '91 days' FROM _wh.runs"
            try await scene.warehouse.withSession { try await RunLog.removeOld($0) }
            #expect(try await scene.database.psql(left) == "140|140|f")
            try await scene.warehouse.withSession { try await RunLog.removeOld($0) }
            #expect(try await scene.database.psql(left) == "90|90|t")
        }
    }
}
