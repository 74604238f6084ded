import TestKit
import Testing

@Suite("dayhaul report check", .timeLimit(.minutes(5)))
struct ReportCheckTests {
    private struct Document: Decodable {
        struct Trial: Decodable {
            let rows: Int
            let conversions: [String]
            let warnings: [String]
        }

        let tenant: String
        let result: Trial?
    }

    /// An operator with a tenant of three days of orders, and the report `orders` of them.
    private func withOrders(_ body: (Operator, TenantSource) async throws -> Void) async throws {
        try await withTenantSource(days: 1, rowsPerDay: 1) { source in
            try await source.primary.psql(
                """
                CREATE TABLE orders (id int, sku text, qty numeric, at timestamptz);
                INSERT INTO orders SELECT n, 'sku ' || n, n / 4.0, '2025-09-02 10:00+00' FROM generate_series(1, 6) n;
                INSERT INTO orders SELECT n, 'sku ' || n, n, '2025-09-03 10:00+00' FROM generate_series(7, 9) n;
                GRANT SELECT ON orders TO :"reader";
                """, variables: ["reader": source.reader])
            try await source.replay()
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await boss.warehouse.psql(
                    """
                    INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions, indexes, key_columns) VALUES ('orders',
                        'SELECT id, sku, qty, at FROM orders WHERE at >= ''{TARGET_DATE}''::date AND at < ''{TARGET_DATE}''::date + 1',
                        'id int, sku text, qty numeric, at timestamptz', 'CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (sku)', '{id}')
                    """)
                try await body(boss, source)
            }
        }
    }

    private func check(_ boss: Operator, day: String = "2025-09-02") async throws -> EndedProgram {
        try await boss.dayhaul("report", "check", "orders", "--day", day)
    }

    @Test("loads a day as far as everything but the commit, and leaves nothing in the warehouse or the spill directory")
    func leavesNothing() async throws {
        try await withOrders { boss, _ in
            let everything = """
                SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384), (SELECT count(*) FROM pg_namespace), (SELECT count(*) FROM _wh.ledger),
                    (SELECT count(*) FROM _wh.report_targets), (SELECT count(*) FROM _wh.runs)
                """
            let before = try await boss.ask(everything)
            let checked = try await check(boss)
            #expect(checked.status == .exited(0), "\(checked.errors)")
            #expect(checked.output.contains("tenant_a: 2025-09-02 has 6 rows"))
            #expect(try await boss.ask(everything) == before)
            #expect(try boss.spillFolders().filter { $0.hasPrefix("check") } == [])
            #expect(
                try await boss.dayhaul("ingest", "--from", "2025-09-02", "--to", "2025-09-03", "--report", "orders")
                    .status == .exited(0))
            let again = try await check(boss)
            #expect(again.status == .exited(0), "\(again.errors)")
            #expect(try await boss.ask("SELECT count(*) FROM tenant_a.orders") == "9")
        }
    }

    @Test(
        "fails on what would keep a first load from succeeding",
        arguments: [
            ("indexes = 'CREATE INDEX ON {SCHEMA}.{VIEW_NAME} USING gin (sku)'", "gin"),
            ("indexes = 'CREATE UNIQUE INDEX ON {SCHEMA}.{VIEW_NAME} (at)'", "unique"),
            ("indexes = 'CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (nothing)'", "nothing"),
            ("key_columns = '{at}'", "same key (at)"),
            ("expectations = '[{\"check\": \"range\", \"column\": \"qty\", \"max\": 1}]'", "range of qty"),
            ("column_definitions = 'id int, sku text, qty int, at timestamptz'", "column qty"),
            ("column_definitions = 'id int, sku varchar(3), qty numeric, at timestamptz'", "column sku"),
        ])
    func firstLoad(_ change: String, _ message: String) async throws {
        try await withOrders { boss, _ in
            try await boss.warehouse.psql("UPDATE _wh.mv_templates SET \(change) WHERE template_name = 'orders'")
            let checked = try await check(boss)
            #expect(checked.status == .exited(1) && checked.errors.contains(message), "\(checked.errors)")
            let loaded = try await boss.dayhaul(
                "ingest", "--from", "2025-09-02", "--to", "2025-09-02", "--report", "orders")
            #expect(loaded.status == .exited(1) && loaded.errors.contains(message), "\(loaded.errors)")
        }
    }

    @Test("fails on what would keep a later load from succeeding: columns of days that are loaded, and rows that went")
    func laterLoad() async throws {
        try await withOrders { boss, source in
            #expect(
                try await boss.dayhaul("ingest", "--from", "2025-09-02", "--to", "2025-09-02", "--report", "orders")
                    .status == .exited(0))
            try await boss.warehouse.psql(
                "UPDATE _wh.mv_templates SET column_definitions = 'id bigint, sku text, qty numeric, at timestamptz' WHERE template_name = 'orders'"
            )
            let typed = try await check(boss, day: "2025-09-03")
            #expect(
                typed.status == .exited(1) && typed.errors.contains("id changed its type from integer to bigint"),
                "\(typed.errors)")
            try await boss.warehouse.psql(
                "UPDATE _wh.mv_templates SET column_definitions = 'id int, sku text, qty numeric, at timestamptz' WHERE template_name = 'orders'"
            )
            try await source.primary.psql("DELETE FROM orders WHERE id < 5")
            try await source.replay()
            let shrunk = try await check(boss)
            #expect(shrunk.status == .exited(1) && shrunk.errors.contains("shrank"), "\(shrunk.errors)")
        }
    }

    @Test("names the columns that are converted, and how")
    func conversions() async throws {
        try await withOrders { boss, source in
            try await source.primary.psql(
                "ALTER TABLE orders ALTER qty TYPE real, ALTER id TYPE bigint; CREATE TYPE mood AS ENUM ('x')")
            try await source.replay()
            try await boss.warehouse.psql(
                """
                UPDATE _wh.mv_templates SET column_definitions = 'id int, sku text, qty numeric(10,1), at timestamptz'
                WHERE template_name = 'orders'
                """)
            let documents = try await boss.dayhaul("report", "check", "orders", "--day", "2025-09-02", "--json")
                .document([Document].self)
            #expect(
                documents.first?.result?.conversions == [
                    "column id: bigint becomes integer", "column qty: real is read as numeric(10,1), by its text",
                ])
        }
    }

    @Test("and a load of no rows say that row-level security chooses what the login sees")
    func rowSecurity() async throws {
        try await withOrders { boss, source in
            try await source.primary.psql(
                "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON orders USING (sku = current_setting('app.sku', true))"
            )
            try await source.replay()
            let checked = try await boss.dayhaul("report", "check", "orders", "--day", "2025-09-02", "--json").document(
                [Document].self)
            #expect(checked.first?.result?.rows == 0)
            #expect(checked.first?.result?.warnings.first?.contains("row-level security") == true)
            let loaded = try await boss.dayhaul(
                "ingest", "--from", "2025-09-02", "--to", "2025-09-03", "--report", "orders")
            #expect(loaded.status == .exited(0) && loaded.errors.contains("row-level security"), "\(loaded.errors)")
            // A login that sees all rows is not told anything, and neither is one whose days have rows.
            try await source.primary.psql("ALTER TABLE orders DISABLE ROW LEVEL SECURITY")
            try await source.replay()
            let empty = try await boss.dayhaul(
                "ingest", "--from", "2025-09-04", "--to", "2025-09-04", "--report", "orders")
            #expect(empty.status == .exited(0) && !empty.errors.contains("row-level security"), "\(empty.errors)")
        }
    }

    @Test("and a load name the rounding that puts a row into the next day")
    func rounding() async throws {
        try await withOrders { boss, source in
            try await source.primary.psql("INSERT INTO orders VALUES (100, 'late', 1, '2025-09-02 23:59:59.6+00')")
            try await source.replay()
            try await boss.warehouse.psql(
                "UPDATE _wh.mv_templates SET column_definitions = replace(column_definitions, 'timestamptz', 'timestamptz(0)')"
            )
            let checked = try await check(boss)
            #expect(
                checked.status == .exited(1)
                    && checked.errors.contains("rounded up to it by timestamp(0) with time zone"), "\(checked.errors)")
            try await boss.warehouse.psql(
                """
                UPDATE _wh.mv_templates SET query_template = replace(query_template, 'qty, at', 'qty, date_trunc(''second'', "at") AS at')
                WHERE template_name = 'orders'
                """)
            let cut = try await check(boss)
            #expect(cut.status == .exited(0) && cut.output.contains("7 rows"), "\(cut.errors)")
        }
    }
}
