import TestKit
import Testing

@Suite("A source that sends too much", .timeLimit(.minutes(3)))
struct SourceLimitTests {
    private let days = ["ingest", "--from", "2025-09-01", "--to", "2025-09-02"]

    /// An operator with tenant_a, and template report `texts`, whose rows of 2025-09-02 have a text of so many bytes.
    private func withTexts(_ bytes: Int, _ body: (Operator) async throws -> Void) async throws {
        try await withTenantSource(days: 2, rowsPerDay: 5) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                try await boss.warehouse.psql(
                    """
                    INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions) VALUES ('texts',
                        'SELECT id, repeat(''x'', CASE WHEN logged_time >= ''2025-09-02'' THEN \(bytes) ELSE 10 END) AS text, logged_time
                        FROM phood_foodlogsum
                        WHERE logged_time >= ''{TARGET_DATE}''::date AND logged_time < ''{TARGET_DATE}''::date + 1',
                        'id int, text text, logged_time timestamp')
                    """)
                try await body(boss)
            }
        }
    }

    @Test("in one row: that day fails, the others are loaded; more is allowed by a setting (fault 28)")
    func row() async throws {
        try await withTexts(20 << 20) { boss in
            var bounded = boss
            bounded.environment["DAYHAUL_LIMITS_ROW_BYTES"] = String(1 << 20)
            let refused = try await bounded.dayhaul(days + ["--report", "texts"])
            #expect(refused.status == .exited(3), "\(refused.errors)")
            #expect(refused.errors.contains("more than 1 MiB that make no whole row") && refused.errors.contains("limits.rowBytes"))
            #expect(try await boss.ask("SELECT count(*) FROM _wh.ledger") == "1")
            let loaded = try await boss.dayhaul(days + ["--report", "texts"])
            #expect(loaded.status == .exited(0), "\(loaded.errors)")
        }
    }

    @Test("in one row of endless messages: that ends at the same limit, and takes no more than 256 MiB (fault 75)")
    func messages() async throws {
        try await withTenantSource(days: 2, rowsPerDay: 5) { source in
            let header = Array("PGCOPY\n".utf8) + [255, 13, 10, 0] + Array(repeating: 0, count: 8)
            let start = header + UInt16(4).bigEndianBytes + UInt32((1 << 30) - 100).bigEndianBytes
            try await withMessageProxy(to: source.replica.port) { message, exchange in
                guard exchange.statement.hasPrefix("COPY"), message.kind == UInt8(ascii: "d") else { return .same }
                return .flood { MessageProxy.Message("d", $0 == 0 ? start : Array(repeating: 120, count: 60_000)).bytes }
            } _: { proxy in
                try await withInitialisedOperator { boss in
                    let added = try await boss.dayhaul(
                        ["tenant", "add", "tenant_a", "--password-stdin"] + source.options(port: proxy.port), input: source.password)
                    #expect(added.status == .exited(0), "\(added.errors)")
                    let ended = try await boss.dayhaul(days)
                    #expect(ended.status == .exited(1), "\(ended.errors)")
                    #expect(ended.peakMemory < 256 << 20)
                }
            }
        }
    }

    @Test("for too long: the read ends, and says which setting allows for more")
    func time() async throws {
        try await withTexts(10) { boss in
            try await boss.warehouse.psql(
                """
                UPDATE _wh.mv_templates SET query_template = replace(query_template, 'FROM phood',
                    'FROM generate_series(1, 200) n, LATERAL (SELECT pg_sleep(0.1) WHERE n > 0) s, phood')
                """)
            var bounded = boss
            bounded.environment["DAYHAUL_LIMITS_SLICE_TIME"] = "2s"
            bounded.environment["DAYHAUL_LIMITS_ATTEMPTS"] = "1"
            let ended = try await bounded.dayhaul(days + ["--report", "texts"])
            #expect(ended.status == .exited(1) && ended.errors.contains("limits.sliceTime"), "\(ended.errors)")
            bounded.environment["DAYHAUL_LIMITS_SLICE_TIME"] = "soon"
            let mistyped = try await bounded.dayhaul(days)
            #expect(mistyped.status == .exited(2) && mistyped.errors.contains("such as 90m or 6h"), "\(mistyped.errors)")
        }
    }

    @Test("to look up: the slice fails before it takes the memory, and says which setting allows for more")
    func lookups() async throws {
        try await withTenantSource(days: 2, rowsPerDay: 5) { source in
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                var bounded = boss
                bounded.environment["DAYHAUL_LIMITS_LOOKUP_BYTES"] = "1000"
                let refused = try await bounded.dayhaul(days)
                #expect(refused.status == .exited(1) && refused.errors.contains("limits.lookupBytes"), "\(refused.errors)")
                #expect(try await boss.dayhaul(days).status == .exited(0))
            }
        }
    }

    @Test(
        "of one item's stations: the days fail, and the message says where to look (fault 75)",
        arguments: [(60_000, 10, "stands at more than 4096 stations"), (4000, 20_000, "whose item stands at so many stations")])
    func stations(count: Int, bytes: Int, said: String) async throws {
        try await withTenantSource(days: 2, rowsPerDay: 2000) { source in
            try await source.primary.psql(
                """
                INSERT INTO phood_station SELECT n, repeat('s', \(bytes)) FROM generate_series(1000001, 1000000 + \(count)) n;
                INSERT INTO phood_menuitem SELECT 5000000 + n, inventory_item_id, location_id, n, '2025-01-01'
                FROM generate_series(1000001, 1000000 + \(count)) n, (
                    SELECT inventory_item_id, location_id FROM phood_foodlogsum
                    WHERE inventory_item_id IS NOT NULL AND location_id IS NOT NULL LIMIT 1) log
                """)
            try await source.replay()
            try await withInitialisedOperator { boss in
                try await boss.add("tenant_a", source)
                let refused = try await boss.dayhaul(days)
                #expect([.exited(1), .exited(3)].contains(refused.status), "\(refused.errors)")
                #expect(refused.errors.contains(said), "\(refused.errors)")
            }
        }
    }
}
