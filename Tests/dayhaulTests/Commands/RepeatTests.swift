import TestKit
import Testing

@Suite("An ingest of 10 days with 50,000 rows each", .timeLimit(.minutes(8)))
struct RepeatTests {
    private static let command = ["ingest", "--from", "2025-09-01", "--to", "2025-09-10", "--json"]
    /// What tells that a day's table was written, or made anew.
    private static let tables = """
        SELECT c.relname, pg_relation_filenode(c.oid), c.xmin,
            (xpath('/row/x/text()', query_to_xml(format('SELECT md5(string_agg(xmin::text || ctid::text, '','' ORDER BY ctid)) AS x FROM %s', c.oid::regclass), false, true, '')))[1]
        FROM pg_class c WHERE c.relnamespace = 'tenant_a'::regnamespace AND c.relname LIKE 'foodlogstats_2025%' AND c.relkind = 'r' ORDER BY 1
        """

    @Test("writes no row the second time and less than 1 % of the WAL, and 100 rows when 100 have changed, into one day's table only")
    func repeated() async throws {
        try await withDatabase(on: .primary) { database in
            try await withReader(of: database, on: database.cluster, days: 10, rowsPerDay: 50_000) { source in
                // A cluster of its own, for its WAL to be this test's. Autovacuum would change xmin, and write.
                try await SharedClusters.withCluster(settings: ["autovacuum": "off"]) { cluster in
                    try await withOperator(in: cluster) { boss in
                        #expect(try await boss.dayhaul("init").status == .exited(0))
                        try await boss.psql(file: "template-foodlogstats.sql")
                        try await boss.add("tenant_a", source)
                        try await play(source, boss)
                    }
                }
            }
        }
    }

    private func play(_ source: TenantSource, _ boss: Operator) async throws {
        let first = try await ingest(boss)
        #expect(first.totals.loaded == 10 && first.totals.inserted == 500_000)
        let before = try await boss.ask(Self.tables)

        let second = try await ingest(boss)
        #expect(second.totals.unchanged == 10 && second.totals.inserted == 0 && second.totals.deleted == 0)
        #expect(try await boss.ask(Self.tables) == before)
        #expect(second.wal * 100 < first.wal, "\(second.wal) of \(first.wal) bytes of WAL")

        try await source.primary.psql(
            """
            UPDATE phood_foodlogsum SET quantity = quantity + 1 WHERE id IN (
                SELECT id FROM phood_foodlogsum WHERE logged_time >= '2025-09-04 00:00+00' AND logged_time < '2025-09-05 00:00+00'
                ORDER BY id LIMIT 100)
            """)
        let third = try await ingest(boss)
        #expect(third.totals.merged == 1 && third.totals.unchanged == 9)
        #expect(third.totals.inserted == 100 && third.totals.deleted == 100)
        let (old, new) = (before.split(separator: "\n"), try await boss.ask(Self.tables).split(separator: "\n"))
        #expect(old.count == 10 && new.count == 10)
        // The file of the changed day is the old one, too.
        for (old, new) in zip(old, new) where old != new {
            #expect(new.hasPrefix("foodlogstats_2025_09_04"))
            #expect(new.split(separator: "|").dropLast() == old.split(separator: "|").dropLast())
        }
        #expect(zip(old, new).filter { $0 != $1 }.count == 1)
        print("WAL: \(first.wal) bytes for 500,000 new rows, \(second.wal) when nothing changed, \(third.wal) for 100 rows changed")
    }

    /// Runs the command; `wal` is what the warehouse has written meanwhile, in bytes.
    private func ingest(_ boss: Operator) async throws -> (totals: RunDocument.Totals, wal: Int) {
        let begin = try await boss.warehouse.psql("SELECT pg_current_wal_insert_lsn()")
        let ended = try await boss.dayhaul(Self.command)
        #expect(ended.status == .exited(0), "\(ended.errors)")
        let wal = try await boss.warehouse.psql("SELECT pg_current_wal_insert_lsn() - :'begin'::pg_lsn", variables: ["begin": begin])
        return (try ended.document(RunDocument.self).totals, try #require(Int(wal)))
    }
}
