import Ingest
import TestKit
import Testing

@Suite("Queries of templates", .timeLimit(.minutes(5)))
struct TemplateTests {
    @Test(
        "that the source refuses say where in the template it found what is wrong",
        arguments: [
            ("-- the day's readings\nSELECT id, at, v\nFORM readings WHERE at >= {TARGET_DATE}", "42601", "line 3, column 6"),
            ("SELECT id, at,\n    w FROM readings WHERE at >= {TARGET_DATE}", "42703", "line 2, column 5"),
            ("SELECT id, at, v FROM readings\nJOIN nowhere ON {TARGET_DATE} = at", "42P01", "line 2, column 6"),
        ])
    func place(_ query: String, state: String, place: String) async throws {
        try await withReadings(query: query) { scene, _ in
            let result = try await scene.ingest("2025-09-22", "2025-09-22")
            let error = try #require(result.days.first?.error)
            #expect(error.sqlstate == state && error.message.contains(place), "\(error)")
        }
    }

    @Test("over a window give the same days as those over a day")
    func window() async throws {
        try await withReadings { scene, _ in
            try await scene.addReport("by_window", Readings.windowQuery, columns: Readings.columns)
            #expect(try await scene.ingest("2025-09-19", "2025-09-25").totals.loaded == 14)
            let digests = try await scene.database.psql(
                "SELECT count(*), count(DISTINCT digest), count(DISTINCT rows) FROM _wh.ledger GROUP BY day")
            #expect(digests.split(separator: "\n").allSatisfy { $0 == "2|1|1" })
            #expect(
                try await scene.database.psql("SELECT count(*) FROM (TABLE tenant_a.readings EXCEPT ALL TABLE tenant_a.by_window) x") == "0"
            )
            #expect(try await scene.database.psql("SELECT count(*) FROM tenant_a.by_window") == "50")
        }
    }

    @Test("that return a row of another day fail that day, and name the row", arguments: [Readings.query, Readings.windowQuery])
    func outsideItsDay(_ query: String) async throws {
        // The next day's rows as well; after the last day there are none.
        let wide = query.replacing("+ 1", with: "+ 2").replacing("{WINDOW_END}::date", with: "{WINDOW_END}::date + 1")
        try await withReadings(query: wide) { scene, source in
            let result = try await scene.ingest("2025-09-22", "2025-09-23")
            #expect(result.lines.first == "tenant_a readings 2025-09-22 failed rowOutsideDay")
            let message = try #require(result.days.first?.error?.message)
            #expect(message.contains("id = 30, at = 2025-09-23 00:00:00+00"))
            #expect(try await scene.ingest("2025-09-24", "2025-09-24").lines == ["tenant_a readings 2025-09-24 loaded 10"])
        }
    }

    @Test(
        "only read: one that writes fails and says so",
        arguments: [
            "WITH gone AS (DELETE FROM readings RETURNING id, at, v) SELECT * FROM gone WHERE at >= {TARGET_DATE}",
            "SELECT setval('numbers', 100) AS id, '{TARGET_DATE}'::timestamptz AS at, '' AS v",
        ])
    func writes(_ query: String) async throws {
        // The primary itself: a standby could not be written anyway.
        try await inTurn {
            try await withDatabase { source in
                try await source.psql(Readings.table + "CREATE SEQUENCE numbers")
                try await withScene { scene in
                    try await scene.addTenant("tenant_a", source)
                    try await scene.addReport("readings", query, columns: Readings.columns)
                    let result = try await scene.ingest("2025-09-21", "2025-09-21")
                    #expect(result.lines == ["tenant_a readings 2025-09-21 failed server 25006"])
                    #expect(result.days.first?.error?.hint == "a report only reads; take the writing part out of its query")
                    #expect(try await source.psql("SELECT count(*), (SELECT last_value FROM numbers) FROM readings") == "50|1")
                }
            }
        }
    }

    @Test(
        "find the clock's changes: a day of 23 hours and one of 25 hold the rows between their midnights",
        arguments: [Readings.query, Readings.windowQuery])
    func clockChanges(_ query: String) async throws {
        try await withReadings(query: query) { scene, source in
            try await source.primary.psql(
                """
                INSERT INTO readings SELECT row_number() OVER (), t, 'clock' FROM (
                    SELECT generate_series('2024-03-10 05:30+00'::timestamptz, '2024-03-11 05:30+00', '1 hour')
                    UNION ALL SELECT generate_series('2024-11-03 04:30+00'::timestamptz, '2024-11-04 06:30+00', '1 hour')
                    UNION ALL VALUES ('2024-03-10 06:00+00'::timestamptz), ('2024-03-11 04:59:59.999999+00'), ('2024-03-11 05:00+00')) x(t)
                """)
            try await source.replay()
            try await scene.database.psql("UPDATE _wh.mv_templates SET time_zone = 'America/Chicago'")
            for day in ["2024-03-10", "2024-11-03"] { #expect(try await scene.ingest(day, day).outcome == .done) }
            #expect(try await scene.database.psql("SELECT day, rows FROM _wh.ledger ORDER BY day") == "2024-03-10|25\n2024-11-03|25")
        }
    }
}
