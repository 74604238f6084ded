import Clusters
import Postgres
import TestKit
import Testing
import Warehouse

@Suite("Renaming a report", .timeLimit(.minutes(2)))
struct ReportRenameTests {
    /// Report o with two days for tenants a and b, a view of somebody else's over each of its views, requests, and
    /// events in the run log.
    private func withReport(_ body: (WarehouseScene) async throws -> Void) async throws {
        try await withWarehouse { scene in
            for name in ["a", "b"] {
                let target = try await scene.ensure(try await scene.report("o"), for: try await scene.addTenant(name))
                for day in ["2025-09-24", "2025-09-25"] {
                    try await scene.publish(DayContent(day, ids: [1, 2]), to: target)
                }
            }
            try await scene.database.psql(
                """
                CREATE SCHEMA bi; CREATE VIEW bi.all_of_it AS SELECT * FROM public.o;
                CREATE VIEW bi.of_a AS SELECT * FROM a.o;
                INSERT INTO _wh.runs (kind, engine, host, process_id, planned) VALUES ('run', 'e', 'h', 1, 1);
                INSERT INTO _wh.run_events (run_id, tenant_name, template_name, schema_name, day, outcome)
                VALUES (1, 'a', 'o', 'a', '2025-09-24', 'loaded');
                """)
            try await scene.whadmin("SELECT _wh.update_mv_by_template('o', 'a', NULL, '2025-09-24')")
            try await body(scene)
        }
    }

    private func rename(_ name: String, to newName: String, _ scene: WarehouseScene) async throws {
        try await scene.warehouse.withSession { try await ReportRename.plan(name, to: newName, $0).carryOut($0) }
    }

    private func names(_ scene: WarehouseScene) async throws -> String {
        try await scene.database.psql(
            """
            SELECT string_agg(DISTINCT template_name, ' ') FROM _wh.mv_templates
            UNION ALL SELECT string_agg(DISTINCT template_name, ' ') FROM _wh.report_targets
            UNION ALL SELECT string_agg(DISTINCT template_name, ' ') FROM _wh.ledger
            UNION ALL SELECT string_agg(DISTINCT template_name, ' ') FROM _wh.public_views
            UNION ALL SELECT string_agg(DISTINCT template_name, ' ') FROM _wh.queue
            UNION ALL SELECT string_agg(DISTINCT template_name, ' ') FROM _wh.run_events
            """)
    }

    @Test("moves every trace of it to the new name; views of others go on, and its next days join the others")
    func everywhere() async throws {
        try await withReport { scene in
            let newName = #"Orders "1""#
            try await rename("o", to: newName, scene)
            #expect(try await names(scene) == Array(repeating: newName, count: 6).joined(separator: "\n"))
            #expect(
                try await scene.database.psql("SELECT to_regclass('public.o') IS NULL AND to_regclass('a.o') IS NULL")
                    == "t")
            #expect(
                try await scene.database.psql("SELECT count(*) FROM bi.all_of_it; SELECT count(*) FROM bi.of_a")
                    == "8\n4")
            let report = try await scene.report(newName)
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let healthy = try await scene.versions()
            let target = try await scene.ensure(report, for: tenant)
            #expect(try await scene.versions() == healthy)
            #expect(try await scene.publish(DayContent("2025-09-24", ids: [1, 2], run: 2), to: target) == .unchanged)
            #expect(try await scene.publish(DayContent("2025-09-26", ids: [3]), to: target) == .loaded)
            let reader = scene.warehouse.roles.reader
            #expect(
                try await scene.psql(
                    as: reader, #"SELECT count(*) FROM public."Orders ""1"""; SELECT count(*) FROM a."Orders ""1""""#)
                    == "9\n5")
            #expect(try await scene.database.psql("SELECT count(*) FROM bi.of_a") == "5")
            try await rename(newName, to: "o", scene)
            #expect(
                try await scene.database.psql("SELECT count(*) FROM public.o; SELECT count(*) FROM bi.all_of_it")
                    == "9\n9")
        }
    }

    @Test("leaves the old name to another report, whose tables get names that are free")
    func oldName() async throws {
        try await withReport { scene in
            try await rename("o", to: "orders", scene)
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let target = try await scene.ensure(try await scene.report("o"), for: tenant)
            try await scene.publish(DayContent("2025-09-24", ids: [7]), to: target)
            #expect(target.daysTable == "o_2_days")
            #expect(
                try await scene.database.psql(
                    "SELECT template_name, day_table FROM _wh.ledger WHERE schema_name = 'a' ORDER BY 1, 2")
                    == "o|o_2_2025_09_24\norders|o_2025_09_24\norders|o_2025_09_25")
            #expect(
                try await scene.database.psql("SELECT id FROM public.o; SELECT count(*) FROM public.orders") == "7\n8")
            try await scene.warehouse.withSession { try await TenantRemoval.plan("a", $0).check(withDependents: true) }
        }
    }

    @Test(
        "misses no table of the control schema that names reports: each follows by its foreign key, or is the run log")
    func everyTable() async throws {
        try await withWarehouse { scene in
            let tables = try await scene.database.psql(
                """
                SELECT string_agg(c.relname, ' ' ORDER BY c.relname)
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = '_wh'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'template_name'
                    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confupdtype = 'c'
                        AND a.attnum = ANY (k.conkey))
                """)
            #expect(tables == "mv_templates run_events")
        }
    }

    @Test("with an UPDATE is refused while there are views, naming the command; a report without any is renamed by it")
    func inSQL() async throws {
        try await withReport { scene in
            let before = try await names(scene)
            let error = await #expect(throws: ClusterError.self) {
                try await scene.whadmin(
                    "UPDATE _wh.mv_templates SET template_name = 'or ders' WHERE template_name = 'o'")
            }
            #expect(error?.sqlstate == "55000" && error?.message.contains("dayhaul report rename o 'or ders'") == true)
            #expect(try await names(scene) == before)
            try await scene.report("early")
            try await scene.whadmin("UPDATE _wh.mv_templates SET template_name = 'late' WHERE template_name = 'early'")
            try await scene.ensure(
                try await scene.report("late"),
                for: try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) })
            #expect(
                try await scene.database.psql("SELECT days_table FROM _wh.report_targets WHERE template_name = 'late'")
                    == "late_days")
        }
    }

    @Test("to a name that is taken, or can be none, or of a report that is none, is refused and changes nothing")
    func refused() async throws {
        try await withReport { scene in
            try await scene.report("other")
            try await scene.database.psql("CREATE TABLE b.stranger (); CREATE TABLE public.in_public ()")
            let before = try await scene.versions()
            for (name, code) in [
                ("other", WarehouseError.Code.nameTaken), ("o_days", .nameTaken), ("o_2025_09_24", .nameTaken),
                ("stranger", .nameTaken),
                ("in_public", .nameTaken), ("other_days", .nameTaken), ("x\ny", .invalidName), ("", .invalidName),
            ] {
                let error = await #expect(throws: WarehouseError.self) { try await rename("o", to: name, scene) }
                #expect(error?.code == code, "\(name): \(String(describing: error))")
            }
            let unknown = await #expect(throws: WarehouseError.self) {
                try await rename("nothing", to: "something", scene)
            }
            #expect(unknown?.code == .unknownReport)
            #expect(try await scene.versions() == before)
        }
    }

    @Test("waits for readers of its views two seconds at most, and leaves all as it was then")
    func readers() async throws {
        try await withReport { scene in
            let before = try await names(scene)
            try await scene.warehouse.withSession { reader in
                try await reader.transaction {
                    _ = try await reader.query("SELECT FROM a.o")
                    let error = await #expect(throws: WarehouseError.self) {
                        try await rename("o", to: "orders", scene)
                    }
                    #expect(error?.code == .stillPublishing)
                }
            }
            #expect(try await names(scene) == before)
        }
    }

    @Test("fails the days of a run that planned them under the old name, and says so; nothing is published under it")
    func whileRunning() async throws {
        try await withReport { scene in
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let target = try await scene.ensure(try await scene.report("o"), for: tenant)
            try await rename("o", to: "orders", scene)
            for day in ["2025-09-24", "2025-09-26"] {
                let error = await #expect(throws: WarehouseError.self) {
                    try await scene.publish(DayContent(day, ids: [9]), to: target)
                }
                #expect(error?.code == .schemaChanged && error?.hint == "run the same command again")
            }
            let report = target.report
            let error = await #expect(throws: WarehouseError.self) { try await scene.ensure(report, for: tenant) }
            #expect(error?.code == .unknownReport)
            #expect(try await scene.database.psql("SELECT count(*) FROM _wh.ledger WHERE schema_name = 'a'") == "2")
        }
    }

    @Test("works where only the control schema was restored, with SQL too: its days come back under the new name")
    func restored() async throws {
        try await withReport { scene in
            try await scene.database.psql(
                "DROP SCHEMA bi CASCADE; DROP VIEW public.o; DROP SCHEMA a CASCADE; DROP SCHEMA b CASCADE")
            try await scene.whadmin("UPDATE _wh.mv_templates SET template_name = 'orders'")
            try await scene.whadmin("SELECT _wh.rebuild_entire_warehouse()")
            let tenant = try await scene.warehouse.withSession { try await TenantCatalogue.named("a", $0) }
            let target = try await scene.ensure(try await scene.report("orders"), for: tenant)
            try await scene.publish(DayContent("2025-09-24", ids: [1, 2]), to: target)
            #expect(
                try await scene.database.psql("SELECT day_table FROM _wh.ledger WHERE schema_name = 'a' ORDER BY 1")
                    == "o_2025_09_24\no_2025_09_25")
            #expect(try await scene.database.psql("SELECT count(*) FROM public.orders") == "2")
        }
    }
}
