import CrashPoints
import FoundationEssentials
import Glibc
import TestKit
import Testing

@Suite("A warehouse of which only _wh was saved", .timeLimit(.minutes(5)))
struct RebuildTests {
    private struct Document: Decodable {
        let outcome: String
        let days: Int
        let failedDays: Int
        let rows: Int
        let otherRows: Int
        let remaining: Int
    }

    /// A loaded warehouse with two tenants, one of them in a schema of another name, and what is left of it in another cluster.
    private func withRestored(_ body: (_ before: Operator, _ after: Operator, [TenantSource]) async throws -> Void) async throws {
        try await withTenantSources(2, days: 6) { sources in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", sources[0])
                try await boss.add("tenant_b", sources[1])
                try await boss.whadmin(
                    "SELECT _wh.update_mv_window_by_template('foodlogstats', 'tenant_a', 'reports', '2025-09-01', '2025-09-06')")
                let loaded = try await boss.dayhaul("worker", "--drain")
                try #require(loaded.status == .exited(0), "\(loaded.errors)")
                let other = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-06", "--tenant", "tenant_b")
                try #require(other.status == .exited(0), "\(other.errors)")
                let dump = try await boss.dumpControlSchema()
                try await SharedClusters.withCluster { cluster in
                    try await withDatabase(in: cluster) { try await body(boss, boss.restored(dump, into: $0), sources) }
                }
            }
        }
    }

    /// What readers see: rows, columns, view definitions; what the ledger knows; and who may do what.
    private static let contents = """
        SELECT schema_name, count(*), md5(string_agg(r::text, '|' ORDER BY r::text)) FROM public.foodlogstats r GROUP BY 1 ORDER BY 1;
        SELECT schema_name, day, rows, digest FROM _wh.ledger ORDER BY 1, 2;
        """
    private static let grants = """
        SELECT n.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner), (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(c.relacl) a),
            CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END, obj_description(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('_wh', 'public', 'reports', 'tenant_b') AND c.relkind IN ('r', 'p', 'v') ORDER BY 1, 2;
        SELECT nspname, pg_get_userbyid(nspowner), (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(nspacl) a) FROM pg_namespace
        WHERE nspname IN ('_wh', 'reports', 'tenant_b') ORDER BY 1;
        SELECT oid::regprocedure, prosecdef, proconfig, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(proacl) a) FROM pg_proc
        WHERE pronamespace = '_wh'::regnamespace ORDER BY 1::text;
        """

    @Test("is rebuilt from the sources: the same days, views and grants; a day of which the source has other rows now is named (fault 69)")
    func rebuilt() async throws {
        try await withRestored { before, after, sources in
            try await sources[1].primary.psql(
                "UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id = (SELECT min(id) FROM phood_foodlogsum)")
            try await sources[1].replay()
            let contents = try await before.ask(Self.contents)
            let initialised = try await after.dayhaul("init")
            #expect(initialised.status == .exited(0), "\(initialised.errors)")
            let planned = try await after.dayhaul("rebuild", "--dry-run", "--json").document(Document.self)
            #expect(planned.remaining == 12 && planned.rows == 2400)
            let rebuilt = try await after.dayhaul("rebuild", "--json")
            #expect(rebuilt.status == .exited(0), "\(rebuilt.errors)")
            let document = try rebuilt.document(Document.self)
            #expect(document.outcome == "done" && document.days == 12 && document.rows == 2400 && document.remaining == 0)
            #expect(document.otherRows == 1)
            #expect(rebuilt.errors.contains("tenant_b foodlogstats 2025-09-01: the source has other rows"), "\(rebuilt.errors)")
            let changed = try await after.ask(Self.contents)
            let differing = zip(contents.split(separator: "\n"), changed.split(separator: "\n")).filter { $0.0 != $0.1 }.map {
                $0.0.prefix(19)
            }
            #expect(differing.count == 2 && differing.allSatisfy { $0.hasPrefix("tenant_b|") }, "\(differing)")
            let grants = try await [before.ask(Self.grants), after.ask(Self.grants)].map { Set($0.split(separator: "\n")) }
            #expect(grants[0].symmetricDifference(grants[1]) == [])
            #expect(try await after.dayhaul("verify", "--from", "2025-09-01", "--to", "2025-09-06").status == .exited(0))
        }
    }

    @Test("is rebuilt by workers when it is asked for in SQL, the newest days first; views are there at once")
    func fromSQL() async throws {
        try await withRestored { before, after, _ in
            _ = try await after.dayhaul("init")
            #expect(try await after.whadmin("SELECT * FROM _wh.rebuild_entire_warehouse()") == "2|12")
            #expect(try await after.whadmin("SELECT * FROM _wh.rebuild_entire_warehouse()") == "0|0")
            #expect(try await after.whadmin("SELECT count(*) FROM public.foodlogstats") == "0")
            let drained = try await after.dayhaul("worker", "--drain", environment: ["DAYHAUL_LIMITS_SLICE_DAYS": "2"])
            #expect(drained.status == .exited(0), "\(drained.errors)")
            #expect(try await after.ask(Self.contents) == before.ask(Self.contents))
            let order = try await after.ask(
                "SELECT min(day) FROM _wh.run_events JOIN _wh.runs USING (run_id) WHERE request_id IS NOT NULL AND tenant_name = 'tenant_b' GROUP BY run_id ORDER BY run_id DESC LIMIT 3"
            )
            #expect(order == "2025-09-01\n2025-09-03\n2025-09-05")
        }
    }

    @Test("and lacks a type names it with the statement that makes it, reads all other reports, and that one once the type is there")
    func missingType() async throws {
        try await withTenantSource(days: 3, rowsPerDay: 20) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await boss.warehouse.psql("CREATE TYPE public.kind AS ENUM ('log', 'it''s none')")
                try await boss.warehouse.psql(
                    """
                    INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('typed',
                        'SELECT id, ''log'' AS kind, logged_time FROM phood_foodlogsum
                        WHERE logged_time >= ''{TARGET_DATE}''::date AND logged_time < ''{TARGET_DATE}''::date + 1',
                        'id int, kind kind, logged_time timestamp')
                    """)
                let loaded = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-03")
                try #require(loaded.status == .exited(0), "\(loaded.errors)")
                let dump = try await boss.dumpControlSchema()
                try await SharedClusters.withCluster { cluster in
                    try await withDatabase(in: cluster) { database in
                        let after = try await boss.restored(dump, into: database)
                        _ = try await after.dayhaul("init")
                        let first = try await after.dayhaul("rebuild")
                        #expect(first.status == .exited(3), "\(first.errors)")
                        let statement = "CREATE TYPE public.kind AS ENUM ('log', 'it''s none')"
                        #expect(first.errors.contains("kind") && first.errors.contains(statement), "\(first.errors)")
                        #expect(try await after.ask("SELECT count(*) FROM tenant_a.foodlogstats") == "60")
                        try await database.psql(statement)
                        let second = try await after.dayhaul("rebuild")
                        #expect(second.status == .exited(0), "\(second.errors)")
                        #expect(try await after.ask("SELECT count(*), min(kind) FROM public.typed") == "60|log")
                    }
                }
            }
        }
    }

    @Test("interrupted, goes on where it was and reads no day twice")
    func resumed() async throws {
        try await withRestored { before, after, _ in
            _ = try await after.dayhaul("init")
            let variable = try #require(CrashPoint.variable)
            let first = try await after.dayhaul(
                ["rebuild", "--json", "--concurrency", "1"],
                environment: [variable: "request.finished:stop", "DAYHAUL_LIMITS_SLICE_DAYS": "2", "DAYHAUL_WORKER_GRACE_SECONDS": "1"]
            ) { running in
                try await running.wait(for: "the end of a slice") { running.isStopped }
                running.send(SIGTERM)
                running.send(SIGCONT)
            }
            #expect(first.status == .exited(3), "\(first.errors)")
            let part = try first.document(Document.self)
            #expect(part.outcome == "partial" && part.days > 0 && part.remaining == 12 - part.days)
            let second = try await after.dayhaul("rebuild", "--json")
            #expect(second.status == .exited(0), "\(second.errors)")
            #expect(try second.document(Document.self).days == part.remaining)
            #expect(try await after.ask(Self.contents) == before.ask(Self.contents))
        }
    }

    @Test("whose key file is lost too says so before it asks for anything, and is rebuilt once passwords are set anew (fault 59)")
    func withoutKey() async throws {
        try await withRestored { before, after, sources in
            _ = try await after.dayhaul("init")
            try FileManager.default.removeItem(atPath: after.keyFile)
            let refused = try await after.dayhaul("rebuild")
            #expect(refused.status == .exited(2) && refused.errors.contains(after.keyFile), "\(refused.errors)")
            #expect(try await after.whadmin("SELECT count(*) FROM _wh.requests WHERE kind = 'rebuild'") == "0")
            #expect(try await after.dayhaul("init").status == .exited(2))
            #expect(try await after.dayhaul("init", "--new-key").status == .exited(0))
            let sealed = try await after.dayhaul("rebuild")
            #expect(sealed.status == .exited(1) && sealed.errors.contains("key"), "\(sealed.errors)")
            for (name, source) in zip(["tenant_a", "tenant_b"], sources) {
                let set = try await after.dayhaul("tenant", "set", name, "--password-stdin", input: source.password + "\n")
                #expect(set.status == .exited(0), "\(set.errors)")
            }
            let rebuilt = try await after.dayhaul("rebuild")
            #expect(rebuilt.status == .exited(0), "\(rebuilt.errors)")
            #expect(try await after.ask(Self.contents) == before.ask(Self.contents))
        }
    }
}
