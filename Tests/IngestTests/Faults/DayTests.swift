@testable import Ingest
import PostgresBinary
import TestKit
import Testing
import Warehouse

@Suite("Days with odd rows, no rows and odd ends", .timeLimit(.minutes(5)))
struct DayTests {
    @Test("a join that makes rows twice is refused where a key says that they differ, and loaded once it is mended (fault 30)")
    func fanOut() async throws {
        let joined = Readings.query.replacing(
            "SELECT id, at, v FROM readings", with: "SELECT r.id, at, v FROM readings r LEFT JOIN menu USING (id)")
        try await withReadings(query: joined) { scene, source in
            try await source.primary.psql("CREATE TABLE menu (id bigint); INSERT INTO menu SELECT generate_series(0, 49)")
            try await source.replay()
            try await scene.database.psql("UPDATE _wh.mv_templates SET indexes = 'CREATE UNIQUE INDEX ON {SCHEMA}.{VIEW_NAME} (id)'")
            #expect(try await scene.ingest("2025-09-20", "2025-09-21").totals.loaded == 2)
            try await source.primary.psql("INSERT INTO menu VALUES (15)")
            try await source.replay()
            let doubled = try await scene.ingest("2025-09-20", "2025-09-21")
            #expect(doubled.lines == ["tenant_a readings 2025-09-20 unchanged 10", "tenant_a readings 2025-09-21 failed duplicateKey"])
            #expect(doubled.days.last?.error?.message.contains("(id)=(15)") == true)
            #expect(try await scene.database.psql("SELECT count(*), count(DISTINCT id) FROM tenant_a.readings") == "20|20")
            try await source.primary.psql("DELETE FROM menu WHERE ctid = (SELECT max(ctid) FROM menu WHERE id = 15)")
            try await source.replay()
            #expect(try await scene.ingest("2025-09-20", "2025-09-21").totals.unchanged == 2)
        }
    }

    @Test("a day without rows is a day that is there; one that loses all its rows is held until somebody accepts that (fault 31)")
    func empty() async throws {
        try await withReadings { scene, source in
            let days = ("2025-09-24", "2025-09-25")
            #expect(
                try await scene.ingest(days.0, days.1).lines
                    == ["tenant_a readings 2025-09-24 loaded 10", "tenant_a readings 2025-09-25 loaded 0"])
            #expect(try await scene.plan("2025-09-24", "2025-09-26").parts.first?.days.map(\.reason) == [.asked, .asked, .missing])
            #expect(try await scene.database.psql("SELECT rows FROM public.warehouse_freshness WHERE day = '2025-09-25'") == "0")
            try await source.primary.psql("DELETE FROM readings WHERE id >= 40")
            try await source.replay()
            let held = try await scene.ingest(days.0, days.1)
            #expect(
                held.lines == ["tenant_a readings 2025-09-24 failed shrunk", "tenant_a readings 2025-09-25 unchanged 0"], "\(held.days)")
            #expect(try await scene.database.psql("SELECT count(*) FROM tenant_a.readings") == "10")
            var options = RunOptions()
            options.acceptsShrink = true
            let accepted = try await scene.engine.run(try await scene.plan(days.0, days.1), as: .ingest, options) { _ in }
            #expect(accepted.outcome == .done && accepted.totals.merged == 1)
            #expect(try await scene.database.psql("SELECT string_agg(rows::text, ',') FROM _wh.ledger") == "0,0")
        }
    }

    @Test(
        "rows at a day's first and last microsecond land in it once, whatever the source's own zone and date style (fault 32)",
        arguments: ["UTC", "Asia/Kolkata", "America/St_Johns"])
    func edges(_ zone: String) async throws {
        try await inTurn {
            try await withDatabase { source in
                let days = [
                    "1899-12-31", "1970-01-01", "2000-02-29", "2023-12-31", "2024-01-01", "2024-02-28", "2024-02-29", "2024-03-01",
                    "2024-12-31",
                ]
                try await source.psql(
                    """
                    ALTER DATABASE \(source.database) SET timezone = 'America/Chicago';
                    ALTER DATABASE \(source.database) SET datestyle = 'German, DMY';
                    CREATE TABLE readings AS
                    SELECT row_number() OVER () AS id, at, 'edge' AS v
                    FROM unnest(ARRAY['\(days.joined(separator: "','"))']::date[]) d,
                        LATERAL (VALUES (d::timestamp AT TIME ZONE '\(zone)'), ((d + 1)::timestamp AT TIME ZONE '\(zone)' - interval '1 microsecond')) x(at);
                    """)
                try await withScene { scene in
                    try await scene.addTenant("tenant_a", source)
                    for (name, query) in [("by_day", Readings.query), ("by_window", Readings.windowQuery)] {
                        try await scene.addReport(name, query, columns: Readings.columns, more: ["time_zone": zone])
                    }
                    for day in days {
                        let date = try #require(CalendarDate(day))
                        let plan = try await scene.plan(.range(date, date), confirmed: true)
                        #expect(
                            try await scene.engine.run(plan, as: .ingest) { _ in }.lines == [
                                "tenant_a by_day \(day) loaded 2", "tenant_a by_window \(day) loaded 2",
                            ])
                    }
                    #expect(
                        try await scene.database.psql(
                            "SELECT count(*), count(DISTINCT id) FROM tenant_a.by_day; SELECT count(*), count(DISTINCT id) FROM tenant_a.by_window"
                        )
                            == "18|18\n18|18")
                }
            }
        }
    }
}
