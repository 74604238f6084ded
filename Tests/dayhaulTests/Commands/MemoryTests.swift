import TestKit
import Testing

extension Tag {
    /// Measures memory on a large load: swift test --filter MemoryTests
    @Tag static var memory: Self
}

@Suite("The memory of an ingest", .tags(.memory), .timeLimit(.minutes(8)))
struct MemoryTests {
    // Measured on two cores, debug build: 46 MiB for 10 days, 53 MiB for 30.
    @Test("of 30 days with 50,000 rows each stays below 150 MiB, and does not grow with the days")
    func isBounded() async throws {
        try await withDatabase(on: .primary) { database in
            try await withReader(of: database, on: database.cluster, days: 30, rowsPerDay: 50_000) { source in
                try await withInitialisedOperator { boss in
                    try await boss.add("tenant_a", source)
                    let few = try await peak(of: ["ingest", "--from", "2025-09-01", "--to", "2025-09-10", "--json"], rows: 500_000, boss)
                    let many = try await peak(
                        of: ["ingest", "--from", "2025-09-01", "--to", "2025-09-30", "--json"], rows: 1_500_000, boss)
                    print("most resident memory: \(few >> 10) KiB for 10 days, \(many >> 10) KiB for 30 days")
                    #expect(many < 150 << 20)
                    #expect(many < few + 16 << 20)
                }
            }
        }
    }

    // Measured, debug build: 235 MiB for 2 rows, 244 MiB for 6.
    @Test("of rows of 64 MiB each is a few such rows, however many there are (fault 28)")
    func isBoundedByTheRow() async throws {
        try await withDatabase(on: .primary) { database in
            try await withReader(of: database, on: database.cluster, days: 1, rowsPerDay: 20) { source in
                try await withInitialisedOperator { boss in
                    try await boss.add("tenant_a", source)
                    for rows in [2, 6] {
                        _ = try await boss.ask(
                            """
                            INSERT INTO _wh.mv_templates (template_name, query_template, column_definitions)
                            VALUES ('huge_\(rows)', 'SELECT id, logged_time, repeat(md5(id::text), 2 << 20) AS v FROM phood_foodlogsum
                                WHERE logged_time >= ''{TARGET_DATE}'' AND logged_time < ''{TARGET_DATE}''::date + 1 ORDER BY id LIMIT \(rows)',
                                'id int, logged_time timestamptz, v text')
                            """)
                    }
                    let day = ["--from", TenantSource.firstDay, "--to", TenantSource.firstDay, "--json"]
                    let few = try await peak(of: ["ingest", "--report", "huge_2"] + day, rows: 2, boss)
                    let many = try await peak(of: ["ingest", "--report", "huge_6"] + day, rows: 6, boss)
                    print("most resident memory: \(few >> 10) KiB for 2 rows of 64 MiB, \(many >> 10) KiB for 6")
                    #expect(many < 6 * 64 << 20)
                    #expect(many < few + 64 << 20)
                }
            }
        }
    }

    private func peak(of arguments: [String], rows: Int, _ boss: Operator) async throws -> Int {
        let ended = try await boss.dayhaul(arguments)
        #expect(ended.status == .exited(0), "\(ended.errors)")
        #expect(try ended.document(RunDocument.self).totals.rows == rows)
        return ended.peakMemory
    }
}
