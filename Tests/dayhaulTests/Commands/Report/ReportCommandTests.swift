import CrashPoints
import TestKit
import Testing

@Suite("A report's life by commands", .timeLimit(.minutes(5)))
struct ReportCommandTests {
    private static let query = """
        -- Quantity by location.
        SELECT pf.location_id, sum(pf.quantity) AS quantity, count(*) AS "Logs" FROM phood_foodlogsum pf
        WHERE pf.logged_time >= '{TARGET_DATE}'::date AND pf.logged_time < '{TARGET_DATE}'::date + 1 GROUP BY 1
        """

    private func withTenant(_ body: (Operator) async throws -> Void) async throws {
        try await withTenantSource(days: 3, rowsPerDay: 50) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await body(boss)
            }
        }
    }

    @Test("is registered from a file, its columns asked of a tenant, then checked, loaded and shown")
    func fromFile() async throws {
        try await withTenant { boss in
            let file = try boss.write(Self.query, to: "by_location.sql")
            let planned = try await boss.dayhaul("report", "add", file, "--dry-run")
            #expect(
                planned.status == .exited(0) && planned.output.contains("would register report by_location"),
                "\(planned.errors)")
            #expect(
                try await boss.ask("SELECT count(*) FROM _wh.mv_templates WHERE template_name = 'by_location'") == "0")
            let added = try await boss.dayhaul("report", "add", file, "--late-days", "3", "--key", "location_id")
            #expect(added.status == .exited(0), "\(added.errors)")
            #expect(
                try await boss.ask(
                    "SELECT column_definitions, late_days, key_columns, time_zone FROM _wh.mv_templates WHERE template_name = 'by_location'"
                )
                    == #"location_id integer, quantity numeric, "Logs" bigint|3|{location_id}|UTC"#)
            #expect(
                try await boss.dayhaul("report", "check", "by_location", "--day", "2025-09-02").status == .exited(0))
            #expect(
                try await boss.dayhaul(
                    "ingest", "--from", "2025-09-01", "--to", "2025-09-03", "--report", "by_location"
                ).status == .exited(0))
            let shown = try await boss.dayhaul("report", "show", "by_location")
            #expect(shown.status == .exited(0))
            for part in [
                "Quantity by location.", "quantity", "numeric", "report_day", "tenant_a", "2025-09-03", "3 days back",
            ] {
                #expect(shown.output.contains(part), "\(part) in \(shown.output)")
            }
        }
    }

    @Test("is changed, disabled and enabled; what is not given stays, and what cannot be used changes nothing")
    func changed() async throws {
        try await withTenant { boss in
            let added = try await boss.dayhaul(
                "report", "add", "--name", "r", "--query", Self.query, "--columns",
                "location_id int, quantity numeric, logs bigint",
                "--indexes", "CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (location_id)", "--time-zone", "Europe/Paris",
                "--expectations", #"[{"check": "not_null", "column": "location_id"}]"#)
            #expect(added.status == .exited(0), "\(added.errors)")
            let row =
                "SELECT time_zone, late_days, indexes, jsonb_array_length(expectations), enabled FROM _wh.mv_templates WHERE template_name = 'r'"
            #expect(try await boss.ask(row) == "Europe/Paris|14|CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (location_id)|1|t")
            let set = try await boss.dayhaul("report", "set", "r", "--late-days", "7", "--indexes", "")
            #expect(set.status == .exited(0) && !set.output.contains("read again"), "\(set.errors)")
            #expect(try await boss.ask(row) == "Europe/Paris|7||1|t")
            let zone = try await boss.dayhaul("report", "set", "r", "--time-zone", "UTC", "--dry-run")
            #expect(zone.status == .exited(0) && zone.output.contains("read again"), "\(zone.errors)")
            for wrong in [
                ["--time-zone", "Mars/Olympus"], ["--columns", "id nothing"], ["--query", "DELETE FROM x"],
                ["--key", "nothing"],
                ["--expectations", "[{}]"], ["--expectations", "{"], ["--late-days", "-1"],
            ] {
                let refused = try await boss.dayhaul(["report", "set", "r"] + wrong)
                #expect(refused.status != .exited(0), "\(wrong)")
            }
            #expect(try await boss.ask(row) == "Europe/Paris|7||1|t")
            #expect(try await boss.dayhaul("report", "disable", "r").status == .exited(0))
            #expect(try await boss.ask(row) == "Europe/Paris|7||1|f")
            #expect(try await boss.dayhaul("report", "enable", "*").output.contains("report r is enabled"))
            #expect(try await boss.ask(row) == "Europe/Paris|7||1|t")
        }
    }

    @Test("is refused without a name or a query, twice, and for a tenant or a file that is not there")
    func refused() async throws {
        try await withTenant { boss in
            let query = ["--query", "SELECT {TARGET_DATE}::date AS day", "--columns", "day date"]
            #expect(try await boss.dayhaul(["report", "add", "--name", "r"] + query).status == .exited(0))
            let twice = try await boss.dayhaul(["report", "add", "--name", "r"] + query)
            #expect(twice.status == .exited(2) && twice.errors.contains("dayhaul report set r"), "\(twice.errors)")
            for (arguments, message) in [
                (query, "--name"), (["--name", "x"], "--query"), (["nowhere.sql"], "nowhere.sql"),
                (["--name", "x", "--query", "SELECT {TARGET_DATE}::date AS day", "--tenant", "nobody"], "nobody"),
                (["--name", "x", "--query", "SELECT 1, {TARGET_DATE}::date AS day"], "has no name"),
                (["--name", "x", "--query", "SELECT FROM {TARGET_DATE}", "--columns", "a integre"], "integre"),
            ] {
                let refused = try await boss.dayhaul(["report", "add"] + arguments)
                #expect(
                    refused.status == .exited(2) && refused.errors.contains(message), "\(arguments): \(refused.errors)")
            }
            let unknown = try await boss.dayhaul("report", "set", "nobody", "--late-days", "1")
            #expect(unknown.status == .exited(2) && unknown.errors.contains("nobody"))
        }
    }

    @Test("with a type that the warehouse lacks names the extension that has it")
    func missingType() async throws {
        try await withTenant { boss in
            let refused = try await boss.dayhaul(
                "report", "add", "--name", "x", "--query", "SELECT {TARGET_DATE}::date AS day", "--columns",
                "day date, h hstore")
            #expect(
                refused.status == .exited(2) && refused.errors.contains("CREATE EXTENSION hstore"), "\(refused.errors)")
        }
    }

    @Test("is dropped with its days when its name is given again, and interrupted goes on where it was")
    func dropped() async throws {
        try await withTenant { boss in
            let loaded = try await boss.dayhaul("ingest", "--from", "2025-09-01", "--to", "2025-09-03")
            try #require(loaded.status == .exited(0), "\(loaded.errors)")
            let planned = try await boss.dayhaul("report", "drop", "foodlogstats", "--dry-run")
            #expect(planned.status == .exited(0) && planned.output.contains("with 3 days"), "\(planned.errors)")
            #expect(
                planned.output.contains("tenant_a.foodlogstats_2025_09_02")
                    && planned.output.contains("public.foodlogstats"))
            let unconfirmed = try await boss.dayhaul("report", "drop", "foodlogstats")
            #expect(unconfirmed.status == .exited(2) && unconfirmed.errors.contains("--confirm foodlogstats"))
            try await boss.warehouse.psql(
                "CREATE SCHEMA bi; CREATE VIEW bi.daily AS SELECT count(*) FROM public.foodlogstats")
            let read = try await boss.dayhaul("report", "drop", "foodlogstats", "--confirm", "foodlogstats")
            #expect(read.status == .exited(1) && read.errors.contains("bi.daily"), "\(read.errors)")
            #expect(try await boss.ask("SELECT count(*) FROM public.foodlogstats") == "150")
            try await boss.warehouse.psql("DROP SCHEMA bi CASCADE")
            let variable = try #require(CrashPoint.variable)
            let killed = try await boss.dayhaul(
                ["report", "drop", "foodlogstats", "--confirm", "foodlogstats"],
                environment: [variable: "removal.begun"])
            #expect(killed.status != .exited(0))
            #expect(
                try await boss.ask(
                    "SELECT to_regclass('public.foodlogstats'), to_regclass('tenant_a.foodlogstats_days')")
                    == "|tenant_a.foodlogstats_days")
            let resumed = try await boss.dayhaul("report", "drop", "foodlogstats", "--confirm", "foodlogstats")
            #expect(resumed.status == .exited(0), "\(resumed.errors)")
            #expect(
                try await boss.ask(
                    """
                    SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'tenant_a'::regnamespace AND relkind IN ('r', 'p', 'v')),
                        (SELECT count(*) FROM _wh.mv_templates), (SELECT count(*) FROM _wh.ledger), (SELECT count(*) FROM _wh.removed_tables)
                    """) == "0|0|0|0")
            let unknown = try await boss.dayhaul("report", "drop", "foodlogstats")
            #expect(unknown.status == .exited(2) && unknown.errors.contains("foodlogstats"))
        }
    }
}
